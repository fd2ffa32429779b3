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
from .dense import dense, dense_input_gradient, dense_kernel_gradient
from .elementary import exp, log
from .elementwise import add
from .losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    half_squared_error,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sigmoid_crossentropy,
    softmax_crossentropy,
    squared_hinge,
    sum_losses,
)
from .optimizers import adam, sgd
from .pooling import average_pool2d, average_pool2d_gradient, max_pool2d, max_pool2d_gradient
from .prepare import prepare

__all__ = [
    "adam",
    "add",
    "average_pool2d",
    "average_pool2d_gradient",
    "batch_normalization_coefficients",
    "batch_normalization_input_gradient",
    "batch_normalization_weight_gradients",
    "batch_statistics",
    "bias_gradient",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "conv2d",
    "conv2d_input_gradient",
    "conv2d_kernel_gradient",
    "conv2d_transpose",
    "dense",
    "dense_input_gradient",
    "dense_kernel_gradient",
    "exp",
    "half_squared_error",
    "hinge",
    "huber",
    "kl_divergence",
    "log",
    "log_cosh",
    "max_pool2d",
    "max_pool2d_gradient",
    "mean_absolute_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "moving_average",
    "pack_conv2d",
    "poisson",
    "prepare",
    "relu",
    "relu_gradient",
    "scale_shift",
    "sgd",
    "sigmoid",
    "sigmoid_crossentropy",
    "sigmoid_gradient",
    "softmax",
    "softmax_crossentropy",
    "softmax_gradient",
    "squared_hinge",
    "sum_losses",
    "tanh",
    "tanh_gradient",
]
