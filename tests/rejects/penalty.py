"""Chapter 13: penalties: mistakes that must be caught, and right answers of another kind."""
