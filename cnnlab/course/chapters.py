"""The chapters that the course has, with their titles. Functions of later chapters can be written ahead."""

from __future__ import annotations

from cnnlab.course.exercise import Exercise

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
    "ch16": "GANs",
    "ch14": "Segmentation",
    "ch18": "Beyond CNNs",
    "ch15": "Detection",
    "ch17": "Limits",
    "ch19": "Capstone",
}


def has_chapter(exercise: Exercise) -> bool:
    """Return whether the chapter of an exercise is there to be read."""
    return exercise.chapter in TITLES


def describe_place(exercise: Exercise) -> str:
    """Return where the course treats an exercise, such as "chapter 8, step 3", and whether that is still to come."""
    return exercise.where if has_chapter(exercise) else f"{exercise.where} (to come)"
