"""Chapter 13: normalisation: mistakes that must be caught, and right answers of another kind."""
