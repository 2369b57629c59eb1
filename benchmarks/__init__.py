"""Measure two or more implementations side by side, in one run and on one thread; print ratios, with --json as JSON."""
