"""What only authors run: cut the stubs, build the notebooks, draw the figures."""
