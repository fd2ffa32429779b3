"""Time training steps of whole networks (SGD with momentum 0.9, softmax with cross-entropy), against PyTorch.

    python bench/run_training.py --peers torch
    python bench/run_training.py vgg16 --samples 2 --peers torch --threads 2
    python bench/run_training.py --peers torch --memory           # how much memory the steps take, each in a process

bench/README.md explains what is measured and what the columns mean.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from memory import measure_variants
from networks import NETWORKS, Network
from program import comparer, load_engines, parser, run

if TYPE_CHECKING:
    from compare import Comparer, Results
    from engine import Engine
    from records import Record

SAMPLES = {"lenet5": 64, "mnist": 128, "cifar_vgg": 64, "vgg16": 2, "resnet50": 4}
TOLERANCE = 1e-2
LOSS_ALONE = ("resnet50",)
"""Networks so deep that steps differ by percents with the order of sums alone, even between layouts of one engine: a
ReLU whose input is nearly zero passes a gradient or does not. Their losses are compared."""


def main() -> int:
    """Parse the command line, time, print; return the exit status."""
    options = parser(__doc__, ["torch"])
    options.add_argument("networks", nargs="*", help=f"of {', '.join(SAMPLES)} (default: all)")
    options.add_argument("--samples", type=int, help="of every batch, instead of each network's own")
    options.add_argument("--memory", action="store_true", help="measure memory instead of time")
    options = options.parse_args()
    names = options.networks or list(SAMPLES)
    for name in names:
        if name not in SAMPLES:
            raise SystemExit(f"expected networks of {', '.join(SAMPLES)}, got {name!r}")
    cases = [(NETWORKS[name], options.samples or SAMPLES[name]) for name in names]
    if options.memory:
        return _report_memory(options, cases)
    ours, peers = load_engines(options)
    judge = comparer(options, TOLERANCE)
    return run(options, ours, peers, judge, _records(cases, ours, peers, judge))


def _data(network: Network, samples: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = random.standard_normal((samples, *network.input_shape), dtype=np.float32)
    return x, random.integers(0, network.output_shapes[-1][0], samples)


def _records(cases: list[tuple[Network, int]], ours: Engine, peers: list[Engine], judge: Comparer) -> Iterator[Record]:
    from compare import Case

    random = np.random.default_rng(0)
    for network, samples in cases:
        weights = network.draw_weights(random)
        x, labels = _data(network, samples, random)
        # Forward and both gradients; the first layer's input gradient is not needed, so this is a little too much.
        work = 3 * samples * network.multiply_adds
        case = Case("training", network.name, "×".join(map(str, x.shape)), "training step", samples, work)
        variants = {peer.name: peer.training(network, weights, x, labels) for peer in peers}
        difference = _step_difference([array for layer in weights for array in layer])
        if network.name in LOSS_ALONE:
            difference = _loss_difference
        yield judge.compare(case, ours.training(network, weights, x, labels)[0], variants, difference)


def _loss_difference(ours: Results, theirs: Results) -> float:
    from compare import relative_difference

    return relative_difference(ours[:1], theirs[:1])


def _step_difference(start: list[np.ndarray]) -> Callable[[Results, Results], float]:
    """Return what compares losses and steps (not weights, of which a step changes little), each relatively."""
    from compare import relative_difference

    def difference(ours: Results, theirs: Results) -> float:
        steps = [
            [results[0], *(array - before for array, before in zip(results[1:], start, strict=True))]
            for results in (ours, theirs)
        ]
        return relative_difference(*steps)

    return difference


def _report_memory(options: argparse.Namespace, cases: list[tuple[Network, int]]) -> int:
    """Print what the steps of each engine take, of a peer's variants the least."""
    rows = []
    print(f"{'network':12} {'samples':>7} {'engine':12} {'steps MB':>9} {'process MB':>11}  setting")
    for network, samples in cases:
        for engine in ["nativecnn", *(name for name in options.peers.split(",") if name)]:
            usages = measure_variants(engine, network.name, samples, options.threads, options.algorithm)
            least = min(usages, key=lambda usage: usage.steps)
            print(
                f"{network.name:12} {samples:7} {engine:12} {least.steps / 1e6:9.1f} {least.whole / 1e6:11.1f}  "
                f"{least.setting}".rstrip(),
                flush=True,
            )
            variants = [usage._asdict() for usage in usages]
            rows.append({"network": network.name, "samples": samples, "engine": engine, "variants": variants})
    if options.json:
        options.json.write_text(json.dumps({"memory": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
