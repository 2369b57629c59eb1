"""Start workers, and check what they answer: the only folder that touches a student's code."""
