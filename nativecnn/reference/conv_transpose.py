"""Transposed 2-D convolution: the input gradient of its corresponding convolution, then bias and epilogue.

Its own gradients are those of convolutions with arguments in other places: of the input, :func:`.conv.conv2d` of
``dy`` without a bias; of the kernel, :func:`.conv.conv2d_kernel_gradient` of ``dy`` and ``x``; of the bias,
:func:`.conv.bias_gradient`.
"""

from __future__ import annotations

from .conv import conv2d_input_gradient
from .epilogue import finish


def conv2d_transpose(x, kernel, bias, y, strides, padding, dilation, groups, algorithm="direct", epilogue=None):
    """Write into ``y`` the input gradient of the convolution that has ``x`` as its output's gradient, plus ``bias``."""
    conv2d_input_gradient(x, kernel, y, strides, padding, dilation, groups, algorithm)
    finish(y, bias, epilogue)
