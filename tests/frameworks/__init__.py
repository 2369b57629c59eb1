"""Tests that need TensorFlow and JAX. They have an environment of their own: run.py makes it and runs them."""
