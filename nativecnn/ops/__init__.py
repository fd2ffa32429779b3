"""The functional interface: every operation on arrays, checked, with its gradient.

Arrays are channels last and computed in float32; inputs of another real dtype, strided, read-only or empty are fine.
"""

from .activation import relu, relu_backward, sigmoid, sigmoid_backward, softmax, softmax_backward, tanh, tanh_backward
from .backend import backend_name, use_backend
from .batch_normalization import batch_normalization, batch_normalization_backward, batch_statistics
from .conv import conv2d, conv2d_backward
from .conv1d import conv1d, conv1d_backward
from .conv3d import conv3d, conv3d_backward
from .conv_transpose import conv2d_transpose, conv2d_transpose_backward
from .dense import dense, dense_backward
from .depthwise import depthwise_conv2d, depthwise_conv2d_backward
from .elementary import exp, log
from .losses import (
    binary_crossentropy,
    categorical_crossentropy,
    half_squared_error,
    mean_squared_error,
    sigmoid_crossentropy,
    softmax_crossentropy,
)
from .pooling import average_pool2d, average_pool2d_backward, max_pool2d, max_pool2d_backward

__all__ = [
    "average_pool2d",
    "average_pool2d_backward",
    "backend_name",
    "batch_normalization",
    "batch_normalization_backward",
    "batch_statistics",
    "binary_crossentropy",
    "categorical_crossentropy",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_transpose",
    "conv2d_transpose_backward",
    "conv3d",
    "conv3d_backward",
    "dense",
    "dense_backward",
    "depthwise_conv2d",
    "depthwise_conv2d_backward",
    "exp",
    "half_squared_error",
    "log",
    "max_pool2d",
    "max_pool2d_backward",
    "mean_squared_error",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "sigmoid_crossentropy",
    "softmax",
    "softmax_backward",
    "softmax_crossentropy",
    "tanh",
    "tanh_backward",
    "use_backend",
]
