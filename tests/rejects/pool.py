"""Chapter 9: pooling: mistakes that must be caught, and right answers of another kind."""
