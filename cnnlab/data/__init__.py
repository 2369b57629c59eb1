"""Provide data sets: two small ones inside the package, two large ones that are downloaded, batches, and scenes."""

from cnnlab.data.dataset import DataSet, Split, batches
from cnnlab.data.gallery import gallery
from cnnlab.data.large import NotDownloaded, fashion_mnist, mnist
from cnnlab.data.scene_drawing import Scenes, scenes
from cnnlab.data.small import digits, fashion

__all__ = [
    "DataSet",
    "NotDownloaded",
    "Scenes",
    "Split",
    "batches",
    "digits",
    "fashion",
    "fashion_mnist",
    "gallery",
    "mnist",
    "scenes",
]
