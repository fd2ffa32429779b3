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
from .dropout import Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from .embedding import Embedding
from .layer_normalization import LayerNormalization
from .local_response_normalization import LocalResponseNormalization
from .merging import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from .padding import Cropping1D, Cropping2D, Cropping3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from .pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from .reshaping import Flatten, InputLayer, Permute, RepeatVector, Reshape
from .tensors import Input
from .upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from .weights import Weights

__all__ = [
    "Activation",
    "Add",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BackwardStep",
    "BatchNormalization",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Convolution2D",
    "Convolution2d",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Embedding",
    "Flatten",
    "ForwardStep",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LocalResponseNormalization",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "Multiply",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Reshape",
    "Sigmoid",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "Subtract",
    "Tanh",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Weights",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]

# The layers that a model file may name.
LAYER_CLASSES = {
    cls.__name__: cls
    for cls in (
        Activation,
        Add,
        Average,
        AveragePooling1D,
        AveragePooling2D,
        AveragePooling3D,
        BatchNormalization,
        Concatenate,
        Conv1D,
        Conv2D,
        Conv2DTranspose,
        Conv3D,
        Convolution2D,
        Cropping1D,
        Cropping2D,
        Cropping3D,
        Dense,
        DepthwiseConv2D,
        Dropout,
        Embedding,
        Flatten,
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalAveragePooling3D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        GlobalMaxPooling3D,
        LayerNormalization,
        LocalResponseNormalization,
        MaxPooling1D,
        MaxPooling2D,
        MaxPooling3D,
        Maximum,
        Minimum,
        Multiply,
        Permute,
        ReLU,
        RepeatVector,
        Reshape,
        Sigmoid,
        Softmax,
        SpatialDropout1D,
        SpatialDropout2D,
        SpatialDropout3D,
        Subtract,
        Tanh,
        UpSampling1D,
        UpSampling2D,
        UpSampling3D,
        ZeroPadding1D,
        ZeroPadding2D,
        ZeroPadding3D,
    )
}
