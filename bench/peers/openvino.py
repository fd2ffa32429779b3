"""OpenVINO: the hint for latency, float32 throughout, the input bound once."""

from __future__ import annotations

from functools import partial

import numpy as np
import openvino

from engine import Engine, Prepared, Variant
from networks import Network, Weights
from peers.channels_first import images_from_channels_first, images_to_channels_first
from peers.onnx_model import onnx_model


class OpenVino(Engine):
    """OpenVINO's plugin for CPUs."""

    name = "openvino"

    def versions(self) -> dict[str, str]:
        return {"openvino": openvino.__version__}

    def inference(self, network: Network, weights: Weights, x: np.ndarray) -> list[Variant]:
        return [Variant("latency", partial(self._inference, network, weights, x))]

    def _inference(self, network: Network, weights: Weights, x: np.ndarray) -> Prepared:
        core = openvino.Core()
        model = onnx_model(network, weights, len(x)).SerializeToString()
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self.threads,
            "INFERENCE_PRECISION_HINT": "f32",  # by default it may round to bfloat16
        }
        request = core.compile_model(core.read_model(model), "CPU", settings).create_infer_request()
        bound = images_to_channels_first(x)
        request.set_input_tensor(openvino.Tensor(bound, shared_memory=True))

        def run(kept: object = (bound, model)) -> None:  # OpenVINO keeps no reference to what it shares
            request.infer(share_outputs=True)

        return Prepared(run, lambda: [images_from_channels_first(request.get_output_tensor().data.copy())])
