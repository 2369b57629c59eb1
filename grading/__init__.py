"""Grade a class. Scores are computed in a process in which no student's code ever runs."""
