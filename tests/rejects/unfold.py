"""Chapters 7 and 8: windows as columns: mistakes that must be caught, and right answers of another kind."""
