"""Layers with torch's names, which use the learner's gradients where they are written and PyTorch's elsewhere."""

from cnnlab.nn.activations import GELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from cnnlab.nn.board import Board
from cnnlab.nn.conv import Conv2d, ConvTranspose2d
from cnnlab.nn.dropout import Dropout
from cnnlab.nn.exchange import from_torch, to_torch
from cnnlab.nn.gears import NoGear, exchange_gears
from cnnlab.nn.graph import GraphConv
from cnnlab.nn.lenet import lenet
from cnnlab.nn.linear import Flatten, Linear
from cnnlab.nn.losses import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss, SmoothL1Loss
from cnnlab.nn.module import Module, Parameter
from cnnlab.nn.norm import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm
from cnnlab.nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from cnnlab.nn.pool import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from cnnlab.nn.recurrent import RNN
from cnnlab.nn.resample import Upsample
from cnnlab.nn.residual import ResidualBlock
from cnnlab.nn.sequential import Sequential

__all__ = [
    "GELU",
    "RNN",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Board",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "GraphConv",
    "GroupNorm",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MSELoss",
    "MaxPool2d",
    "Module",
    "NoGear",
    "Parameter",
    "RMSprop",
    "ReLU",
    "ResidualBlock",
    "Sequential",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Tanh",
    "Upsample",
    "exchange_gears",
    "from_torch",
    "lenet",
    "to_torch",
]
