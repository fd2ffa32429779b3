"""Time the inference of whole networks, against peers.

    python bench/run_models.py --peers torch,onnxruntime,openvino,ncnn
    python bench/run_models.py mnist cifar_vgg --samples 32 --peers torch,onnxruntime,openvino --threads 2

The networks are those of networks.py. bench/README.md explains what is measured and what the columns mean.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from networks import NETWORKS
from program import comparer, load_engines, parser, run

if TYPE_CHECKING:
    from compare import Comparer
    from engine import Engine
    from records import Record

TOLERANCE = 2e-3


def main() -> int:
    """Parse the command line, time, print; return the exit status."""
    options = parser(__doc__)
    options.add_argument("networks", nargs="*", help=f"of {', '.join(NETWORKS)} (default: all)")
    options.add_argument("--samples", default="1", help="sizes of batches, with commas between (default: 1)")
    options = options.parse_args()
    names = options.networks or list(NETWORKS)
    for name in names:
        if name not in NETWORKS:
            raise SystemExit(f"expected networks of {', '.join(NETWORKS)}, got {name!r}")
    batches = [int(samples) for samples in options.samples.split(",")]
    ours, peers = load_engines(options)
    judge = comparer(options, TOLERANCE)
    return run(options, ours, peers, judge, _records(names, batches, ours, peers, judge))


def _records(
    names: list[str], batches: list[int], ours: Engine, peers: list[Engine], judge: Comparer
) -> Iterator[Record]:
    from compare import Case

    random = np.random.default_rng(0)
    for name in names:
        network = NETWORKS[name]
        weights = network.draw_weights(random)
        for samples in batches:
            x = random.standard_normal((samples, *network.input_shape), dtype=np.float32)
            text = "×".join(map(str, x.shape))
            case = Case(f"batch {samples}", name, text, "inference", samples, samples * network.multiply_adds)
            variants = {peer.name: peer.inference(network, weights, x) for peer in peers}
            yield judge.compare(case, ours.inference(network, weights, x)[0], variants)


if __name__ == "__main__":
    sys.exit(main())
