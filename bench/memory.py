"""How much memory the training steps of an engine take: each engine, and variant, in a fresh process (Linux).

The peak of the resident memory is read from the kernel after some steps. It is reset before them, so that what an
engine needs to import itself and to draw weights does not count unless it is kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine import Engine
from networks import NETWORKS

_STEPS = 3
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Usage(NamedTuple):
    """Peak memory during training steps, in bytes."""

    setting: str
    """The engine's variant."""
    variants: int
    """How many variants the engine has."""
    steps: int
    """Peak less what the process had after its imports."""
    whole: int
    """Peak of the whole process."""


def measure_variants(engine: str, network: str, samples: int, threads: int, algorithm: str) -> list[Usage]:
    """Return what each variant of an engine takes.

    Raises
    ------
    SystemExit
        If a process fails, with what it said.
    """
    usages: list[Usage] = []
    while not usages or len(usages) < usages[0].variants:
        arguments = [engine, network, samples, threads, algorithm, len(usages)]
        command = [sys.executable, __file__, *map(str, arguments)]
        process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if process.returncode:
            raise SystemExit(f"--memory: {engine}, {network}: the process ended with status {process.returncode}")
        usages.append(Usage(*json.loads(process.stdout)))
    return usages


def _measure(engine: Engine, network_name: str, samples: int, variant: int) -> Usage:
    network = NETWORKS[network_name]
    random = np.random.default_rng(0)
    baseline = _status("VmRSS")
    x = random.standard_normal((samples, *network.input_shape), dtype=np.float32)
    labels = random.integers(0, network.output_shapes[-1][0], samples)
    variants = engine.training(network, None, x, labels)
    prepared = variants[variant].prepare()
    _RESET.write_text("5", encoding="ascii")
    for _ in range(_STEPS):
        prepared.run()
    peak = _status("VmHWM")
    return Usage(variants[variant].setting, len(variants), peak - baseline, peak)


def _status(name: str) -> int:
    """Return a figure of this process's status, in bytes."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def _load(name: str, threads: int, algorithm: str) -> Engine:
    """Import one engine and no other."""
    if name == "nativecnn":
        from ours import Ours

        return Ours(threads, algorithm)
    from peers import load

    return load(name, threads)


def main() -> None:
    """Measure one variant in this process."""
    engine, network, samples, threads, algorithm, variant = sys.argv[1:]
    usage = _measure(_load(engine, int(threads), algorithm), network, int(samples), int(variant))
    print(json.dumps(usage))


if __name__ == "__main__":
    main()
