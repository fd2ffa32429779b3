"""What all engines offer that are timed: ours (ours.py) and its peers (peers/)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np

from networks import Network, Weights

LEARNING_RATE, MOMENTUM = 0.01, 0.9
"""Of the training steps."""


class Prepared(NamedTuple):
    """Work that is ready to be timed."""

    run: Callable[[], object]
    results: Callable[[], list[np.ndarray]]
    """What the last run computed, in our layouts."""


class Variant(NamedTuple):
    """One of the ways in which an engine can do something, such as a memory layout."""

    setting: str
    prepare: Callable[[], Prepared]


class Engine:
    """An engine with a number of threads.

    Each method returns the variants worth trying, none where the engine cannot do it. Arrays are float32, channels
    last.
    """

    name: ClassVar[str]

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def versions(self) -> dict[str, str]:
        """Return the versions of the engine and its parts."""
        raise NotImplementedError

    def inference(self, network: Network, weights: Weights, x: np.ndarray) -> list[Variant]:
        """Return ways to compute a network's outputs for a batch. Results: the outputs."""
        return []

    def gradient(self, which: str, network: Network, weights: Weights, x: np.ndarray, dy: np.ndarray) -> list[Variant]:
        """Return ways to compute gradients of a network of one layer from that of its output.

        ``which`` is "input gradient", "kernel gradient" (with the bias's) or "backward" (all three). Results: the
        gradients, in the order input, kernel, bias.
        """
        return []

    def training(self, network: Network, weights: Weights | None, x: np.ndarray, labels: np.ndarray) -> list[Variant]:
        """Return ways to make a training step: softmax with cross-entropy, SGD with momentum.

        The step starts from the weights, or, with None, from some that the engine draws. Results: the loss, then each
        kernel and bias.
        """
        return []
