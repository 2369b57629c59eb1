"""The chapters' still pictures: one module a chapter, `python -m authoring.figures` draws them."""
