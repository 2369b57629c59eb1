"""Chapter 14: transposed convolution: mistakes that must be caught, and right answers of another kind."""
