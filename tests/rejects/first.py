"""Chapter 0: the first gradient: mistakes that must be caught, and right answers of another kind."""
