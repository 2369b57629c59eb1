"""Losses: chapter 5, and smooth L1 of chapter 15: mistakes that must be caught, and right answers of another kind."""
