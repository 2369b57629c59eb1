"""The legend of a report, the same in text, on a page and in docs/learner.md."""

WRONG_CELLS = "Wrong cells are hatched; in plain text they have a ✗."
HATCHING = "The wider the hatching, the larger the error."
