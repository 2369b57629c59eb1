"""Find, read, match and sanitise what a student handed in, and rebuild the submission from it."""
