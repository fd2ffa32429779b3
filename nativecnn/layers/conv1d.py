"""1-D convolution."""

from __future__ import annotations

from typing import Any

from ..ops.conv import Conv2DGeometry
from ..ops.conv1d import conv1d_geometry, resolve_row_padding
from .conv import GroupedConvolution


class Conv1D(GroupedConvolution):
    """1-D convolution (cross-correlation) over channels-last sequences.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : int
    padding : "valid", "same", "causal", int or (left, right)
        Zeros around the steps. "same" yields ceil(steps / stride) of them. "causal" pads on the left only, so that no
        output depends on a later input.
    dilation_rate : int
    groups : int
        Channels and filters are cut into so many groups, each convolved on its own.
    activation : str or Activation, optional
        Function applied to the result, by name or as a layer with settings: ``LeakyReLU(0.1)``.
    use_bias : bool
    kernel_initializer, bias_initializer : str or Initializer
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on the weights (see :mod:`nativecnn.regularizers`).

    Notes
    -----
    Takes samples (steps, channels), gives (output steps, filters). Weights: ``kernel`` (kernel steps, channels /
    groups, filters) and ``bias`` (filters,). Outside of training the kernel is kept in the backend's own form as well,
    as that of :class:`Conv2D` is.
    """

    axes = 1

    def _normalize_padding(self, padding: object) -> object:
        pixels = resolve_row_padding(padding, 1, 1, name=f"{self.label}: padding")
        return padding if isinstance(padding, str) else pixels

    def _geometry(self, input_shape: Any) -> Conv2DGeometry:
        row = self._check_image(input_shape)
        kernel = self._kernel_shape(row)
        return conv1d_geometry(
            row, kernel, self.strides, self.padding, self.dilation_rate, self.groups, name=self.label
        )
