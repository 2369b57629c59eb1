"""Compute the right answers: with PyTorch, and with finite differences as the second judge."""
