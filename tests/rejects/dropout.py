"""Chapter 13: dropout: mistakes that must be caught, and right answers of another kind."""
