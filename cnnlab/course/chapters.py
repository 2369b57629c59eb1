"""The chapters of the course, with their titles."""

from __future__ import annotations

#: number -> title; a test compares them with the notebooks.
TITLES = {
    "ch00": "Start here",
    "ch01": "Anatomy of a CNN",
    "ch02": "The chain rule, layer by layer",
    "ch03": "Build the judge",
    "ch04": "Activations",
    "ch05": "Linear layer and losses",
    "ch06": "The errata clinic",
    "ch07": "Convolution forward",
    "ch08": "Convolution backward",
    "ch09": "Pooling backward",
    "ch10": "The six steps",
    "ch11": "LeNet in PyTorch, gear by gear",
    "ch12": "Optimisers and annealing",
    "ch13": "Regularisation and normalisation",
    "ch14": "Segmentation",
    "ch15": "Detection",
    "ch16": "GANs",
    "ch17": "Limits",
    "ch18": "Beyond CNNs",
    "ch19": "Capstone",
}
