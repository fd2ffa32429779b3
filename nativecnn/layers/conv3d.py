"""3-D convolution."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..ops.conv3d import Conv3DGeometry, conv3d_geometry
from .conv import GroupedConvolution
from .steps import BackwardStep, Call, ForwardStep


class Conv3D(GroupedConvolution):
    """3-D convolution (cross-correlation) over channels-last volumes.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : int or (planes, rows, columns)
    padding : "valid", "same", int or ((front, back), (top, bottom), (left, right))
        Zeros around the volume. "same" yields ceil(size / stride) pixels along each axis.
    dilation_rate : int or (planes, rows, columns)
    groups : int
        Channels and filters are cut into so many groups, each convolved on its own.
    activation : str, optional
        Function applied to the result.
    use_bias : bool
    kernel_initializer, bias_initializer : str or Initializer

    Notes
    -----
    Takes samples (planes, rows, columns, channels), gives (output planes, output rows, output columns, filters).
    Weights: ``kernel`` (kernel planes, kernel rows, kernel columns, channels / groups, filters) and ``bias``
    (filters,). Outside of training the kernel is kept in the backend's own form as well, as that of :class:`Conv2D` is.
    """

    axes = 3

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        x, kernel, conv3d = step.inputs[0], step.weights["kernel"], step.kernels.conv3d
        geometry = self._geometry(x.shape[1:]).kernel_arguments
        arguments = (x, kernel, step.weights.get("bias"), step.output, *geometry, step.epilogue)
        if step.training or step.weights is not self.weights:  # they change at every step, or are copies of the plan's
            return [step.kernels.prepare(conv3d, *arguments)]
        image_kernel = kernel.reshape(kernel.shape[0] * kernel.shape[1], *kernel.shape[2:])
        pack = partial(step.kernels.pack_conv2d, image_kernel, self.groups)
        packed = self.weights.kept((step.kernels, "direct"), pack).current
        return [step.kernels.prepare(conv3d, *arguments, packed=packed)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        dy, calls = step.output_gradient, []
        x, dx, dkernel = step.inputs[0], step.input_gradients[0], step.weight_gradients.get("kernel")
        geometry = self._geometry((x if dx is None else dx).shape[1:]).kernel_arguments
        if dkernel is not None:
            dbias = step.weight_gradients.get("bias")
            calls.append(partial(step.kernels.conv3d_kernel_gradient, x, dy, dkernel, dbias, *geometry))
        if dx is not None:
            calls.append(partial(step.kernels.conv3d_input_gradient, dy, step.weights["kernel"], dx, *geometry))
        return calls

    def _geometry(self, input_shape: Any) -> Conv3DGeometry:
        volume = self._check_image(input_shape)
        kernel = self._kernel_shape(volume)
        return conv3d_geometry(
            volume, kernel, self.strides, self.padding, self.dilation_rate, self.groups, name=self.label
        )
