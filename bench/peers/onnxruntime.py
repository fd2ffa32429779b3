"""ONNX Runtime: all graph optimizations, its own memory layouts, inputs and outputs bound once."""

from __future__ import annotations

from functools import partial

import numpy as np
import onnxruntime

from engine import Engine, Prepared, Variant
from networks import Network, Weights
from peers.channels_first import images_from_channels_first, images_to_channels_first
from peers.onnx_model import onnx_model


class OnnxRuntime(Engine):
    """ONNX Runtime's provider for CPUs."""

    name = "onnxruntime"

    def versions(self) -> dict[str, str]:
        return {"onnxruntime": onnxruntime.__version__}

    def inference(self, network: Network, weights: Weights, x: np.ndarray) -> list[Variant]:
        return [Variant("all optimizations", partial(self._inference, network, weights, x))]

    def _inference(self, network: Network, weights: Weights, x: np.ndarray) -> Prepared:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        model = onnx_model(network, weights, len(x)).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        shape = session.get_outputs()[0].shape
        bound = onnxruntime.OrtValue.ortvalue_from_numpy(images_to_channels_first(x))
        output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, np.float32)
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", bound)
        binding.bind_ortvalue_output("y", output)

        def run(kept: object = bound) -> None:  # the binding keeps no reference to what it shares
            session.run_with_iobinding(binding)

        return Prepared(run, lambda: [images_from_channels_first(output.numpy())])
