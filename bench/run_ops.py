"""Time convolution and dense layers: forward, both gradients; against the multiply-add limit and against peers.

    python bench/run_ops.py                                       # the layer of shapes/limit.txt, all passes
    python bench/run_ops.py vgg16 resnet50 --only 3x3s1 --passes forward,backward --peers torch
    python bench/run_ops.py mobilenetv2 --only depthwise --passes forward --peers onnxruntime --threads 2
    python bench/run_ops.py my_layers.txt --instruction-set avx2 --json result.json --plot result.png

Without peers it needs nothing but NumPy. bench/README.md explains what is measured and what the columns mean.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from program import comparer, load_engines, parser, run
from shapes import LayerShape, find_shapes, read_shapes, selector

if TYPE_CHECKING:
    from compare import Comparer
    from engine import Engine
    from records import Record

PASSES = {"forward": 1, "input gradient": 1, "kernel gradient": 1, "backward": 2}
"""How often each does the layer's multiply-adds; "backward" is both gradients."""

TOLERANCE = 2e-3


def main() -> int:
    """Parse the command line, time, print; return the exit status."""
    options = _options()
    try:
        layers = _layers(options.shapes, selector(options.only.split(",") if options.only else []), options.samples)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    ours, peers = load_engines(options)
    judge = comparer(options, TOLERANCE)
    return run(options, ours, peers, judge, _records(layers, options.passes, ours, peers, judge))


def _options():
    options = parser(__doc__)
    options.add_argument("shapes", nargs="*", default=["limit"], help="files of layers, or names of bench/shapes/")
    options.add_argument("--only", default="", help="such as 3x3s1, 1x1, depthwise, grouped, dense or a layer's name")
    options.add_argument(
        *("--passes", "-p"),
        default="forward,input gradient,kernel gradient",
        help=f"of {', '.join(PASSES)}, with commas between (default: the first three)",
    )
    options.add_argument("--samples", type=int, help="of every batch, instead of the files'")
    result = options.parse_args()
    result.passes = result.passes.replace("_", " ").split(",")
    for name in result.passes:
        if name not in PASSES:
            options.error(f"--passes: expected names of {', '.join(PASSES)}, got {name!r}")
    return result


def _layers(
    files: list[str], selected: Callable[[LayerShape], bool], samples: int | None
) -> list[tuple[str, LayerShape]]:
    layers = []
    for name in files:
        path = find_shapes(name)
        for layer in read_shapes(path):
            if selected(layer):
                layers.append((path.stem, layer if samples is None else replace(layer, samples=samples)))
    return layers


def _records(
    layers: list[tuple[str, LayerShape]], passes: list[str], ours: Engine, peers: list[Engine], judge: Comparer
) -> Iterator[Record]:
    from compare import Case

    random = np.random.default_rng(0)
    for group, layer in layers:
        network = layer.network()
        weights = network.draw_weights(random)
        x = random.standard_normal((layer.samples, *network.input_shape), dtype=np.float32)
        dy = random.standard_normal((layer.samples, *network.output_shapes[-1]), dtype=np.float32)
        for what in passes:
            work = PASSES[what] * layer.multiply_adds
            case = Case(group, layer.name, layer.text, what, layer.samples, work, layer.count)

            def variants(engine: Engine, what=what, data=(network, weights, x, dy)):
                return engine.inference(*data[:3]) if what == "forward" else engine.gradient(what, *data)

            yield judge.compare(case, variants(ours)[0], {peer.name: variants(peer) for peer in peers})


if __name__ == "__main__":
    sys.exit(main())
