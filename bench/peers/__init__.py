"""The engines to compare with, one module each, imported only when asked for.

Import them before nativecnn. PyTorch brings an OpenMP runtime of its own under the name that nativecnn's kernels ask
for, so both use whichever was loaded first. nativecnn, loaded first, would ask it to let idle threads sleep, which
PyTorch's users do not have; loaded after PyTorch it does not, and both then run with OpenMP's own default. Set
OMP_WAIT_POLICY to choose for both. ncnn's OpenMP bears another name and is never shared; ONNX Runtime and OpenVINO have
pools of threads of their own.
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
