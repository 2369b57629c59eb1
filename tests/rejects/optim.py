"""Chapters 10 and 12: optimisers and learning rates: mistakes that must be caught, and right answers of another kind."""
