"""Measurements of two or more things side by side, in one run and on one thread; each prints ratios as JSON."""
