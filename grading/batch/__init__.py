"""Judge the submissions of a chapter, store the verdicts, and go on after a stop."""
