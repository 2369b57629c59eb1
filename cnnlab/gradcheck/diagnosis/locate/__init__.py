"""Find the line of a mistake: try single changes in the learner's own source until every case passes.

What is found is proved by running it. Nothing on disk is changed.
"""
