"""The changes that are tried, one file for each kind."""
