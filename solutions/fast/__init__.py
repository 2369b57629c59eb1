"""The convolution, the pooling and LeNet's training step in the layout that is fastest in NumPy; docs/fast.md says why.

Nothing here is an exercise or a model answer. The readable versions are in solutions/ops; these give the same numbers.
"""
