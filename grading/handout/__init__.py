"""Make what leaves the instructor's machine: releases for learners, and the code for a second machine."""
