"""The engines to compare with, one module each, imported only when asked for.

PyTorch and ncnn bring an OpenMP runtime each, ONNX Runtime and OpenVINO have pools of threads of their own. nativecnn
uses none of them.
"""

from __future__ import annotations

import importlib

from engine import Engine

PEERS = {
    "torch": ("peers.torch", "Torch"),
    "onnxruntime": ("peers.onnxruntime", "OnnxRuntime"),
    "openvino": ("peers.openvino", "OpenVino"),
    "ncnn": ("peers.ncnn", "Ncnn"),
}


def load(name: str, threads: int) -> Engine:
    """Return a peer.

    Raises
    ------
    ImportError
        If it is not installed; the message names the command that installs it.
    """
    module, engine = PEERS[name]
    try:
        return getattr(importlib.import_module(module), engine)(threads)
    except ImportError as error:
        raise ImportError(f'--peers {name}: {error}: pip install "nativecnn[bench]"') from error
