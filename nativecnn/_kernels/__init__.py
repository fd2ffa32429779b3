"""The native kernels: the functions of :mod:`nativecnn.reference`, same signatures, same bits.

Arguments must be float32 and C-contiguous, with shapes that :mod:`nativecnn.ops` has checked.
"""

from .activation import (
    relu,
    relu_gradient,
    sigmoid,
    sigmoid_gradient,
    softmax,
    softmax_gradient,
    tanh,
    tanh_gradient,
)
from .batch_normalization import (
    batch_normalization_coefficients,
    batch_normalization_input_gradient,
    batch_normalization_weight_gradients,
    batch_statistics,
    moving_average,
    scale_shift,
)
from .conv import (
    bias_gradient,
    conv2d,
    conv2d_input_gradient,
    conv2d_kernel_gradient,
    conv2d_transpose,
    pack_conv2d,
)
from .conv3d import conv3d, conv3d_input_gradient, conv3d_kernel_gradient
from .dense import dense, dense_input_gradient, dense_kernel_gradient
from .elementary import exp, log
from .elementwise import add
from .losses import (
    binary_crossentropy,
    categorical_crossentropy,
    half_squared_error,
    mean_squared_error,
    sigmoid_crossentropy,
    softmax_crossentropy,
    sum_losses,
)
from .optimizers import (
    adadelta,
    adagrad,
    adam,
    adamax,
    add_penalty_gradient,
    nadam,
    rmsprop,
    sgd,
    sum_of_magnitudes,
    sum_of_squares,
)
from .orthogonal import orthonormalize
from .pooling import average_pool2d, average_pool2d_gradient, max_pool2d, max_pool2d_gradient
from .prepare import prepare

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "add",
    "add_penalty_gradient",
    "average_pool2d",
    "average_pool2d_gradient",
    "batch_normalization_coefficients",
    "batch_normalization_input_gradient",
    "batch_normalization_weight_gradients",
    "batch_statistics",
    "bias_gradient",
    "binary_crossentropy",
    "categorical_crossentropy",
    "conv2d",
    "conv2d_input_gradient",
    "conv2d_kernel_gradient",
    "conv2d_transpose",
    "conv3d",
    "conv3d_input_gradient",
    "conv3d_kernel_gradient",
    "dense",
    "dense_input_gradient",
    "dense_kernel_gradient",
    "exp",
    "half_squared_error",
    "log",
    "max_pool2d",
    "max_pool2d_gradient",
    "mean_squared_error",
    "moving_average",
    "nadam",
    "orthonormalize",
    "pack_conv2d",
    "prepare",
    "relu",
    "relu_gradient",
    "scale_shift",
    "rmsprop",
    "sgd",
    "sigmoid",
    "sigmoid_crossentropy",
    "sigmoid_gradient",
    "softmax",
    "softmax_crossentropy",
    "softmax_gradient",
    "sum_losses",
    "sum_of_magnitudes",
    "sum_of_squares",
    "tanh",
    "tanh_gradient",
]
