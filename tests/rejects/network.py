"""Chapter 10: a whole network: mistakes that must be caught, and right answers of another kind."""
