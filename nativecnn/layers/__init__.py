"""Layers: what networks are built of. Names, arguments and shapes are those of Keras, channels last.

Shapes in this interface leave out the batch axis, so an image is ``(rows, columns, channels)``.
"""

from .activation import Activation, ReLU, Sigmoid, Softmax, Tanh
from .base import BackwardStep, ForwardStep, Layer
from .batch_normalization import BatchNormalization
from .conv import Conv2D, Convolution2D, Convolution2d
from .conv1d import Conv1D
from .conv3d import Conv3D
from .conv_transpose import Conv2DTranspose
from .dense import Dense
from .depthwise import DepthwiseConv2D
from .pooling import AveragePooling2D, MaxPool2D, MaxPooling2D
from .reshaping import Flatten, InputLayer
from .separable import SeparableConv2D
from .tensors import Input
from .weights import Weights

__all__ = [
    "Activation",
    "AveragePooling2D",
    "BackwardStep",
    "BatchNormalization",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Convolution2D",
    "Convolution2d",
    "Dense",
    "DepthwiseConv2D",
    "Flatten",
    "ForwardStep",
    "Input",
    "InputLayer",
    "Layer",
    "MaxPool2D",
    "MaxPooling2D",
    "ReLU",
    "SeparableConv2D",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Weights",
]

# The layers that a model file may name.
LAYER_CLASSES = {
    cls.__name__: cls
    for cls in (
        Activation,
        AveragePooling2D,
        BatchNormalization,
        Conv1D,
        Conv2D,
        Conv2DTranspose,
        Conv3D,
        Convolution2D,
        Dense,
        DepthwiseConv2D,
        Flatten,
        MaxPooling2D,
        ReLU,
        SeparableConv2D,
        Sigmoid,
        Softmax,
        Tanh,
    )
}
