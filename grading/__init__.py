"""Grading a class: for the instructor. Scores are computed where no student's code ever runs."""
