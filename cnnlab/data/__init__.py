"""Provide data sets: small ones inside the package, two large ones to download, batches, scenes, and a graph."""

from cnnlab.data.dataset import DataSet, Split, batches
from cnnlab.data.gallery import gallery
from cnnlab.data.karate import KarateClub, karate_club
from cnnlab.data.large import NotDownloaded, fashion_mnist, mnist
from cnnlab.data.scene_drawing import Scenes, scenes
from cnnlab.data.small import digits, fashion

__all__ = [
    "DataSet",
    "KarateClub",
    "NotDownloaded",
    "Scenes",
    "Split",
    "batches",
    "digits",
    "fashion",
    "fashion_mnist",
    "gallery",
    "karate_club",
    "mnist",
    "scenes",
]
