"""Judge a layer of one's own: differences of the learner's forward, on the learner's cases (chapter 19, project 2)."""
