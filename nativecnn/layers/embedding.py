"""Embeddings: a row of weights for each token."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .. import initializers
from ..checks import positive_integer
from ..initializers import Initializer
from ..ops.embedding import check_rows, check_tokens
from .base import Layer
from .steps import BackwardStep, Call, ForwardStep, Shape

_CHECKED = 1 << 20  # values at a time, so that a check takes no memory that counts


class Embedding(Layer):
    """Gives each token, an integer, the row of that number of a table.

    Parameters
    ----------
    input_dim : int
        Number of rows, at most 2**24; tokens are the integers from 0 to before it, of any type of numbers.
    output_dim : int
        Length of a row.
    embeddings_initializer : str or Initializer
        By default uniform from -0.05 to 0.05.
    embeddings_regularizer : str or Regularizer, optional

    Notes
    -----
    Takes samples of any shape, gives (shape…, output_dim). Weight: ``embeddings`` (input_dim, output_dim). Of other
    tokens than those a model refuses its inputs with ``ValueError``; a token that other layers compute and that names
    no row gives NaN. Tokens have no gradient (where one is asked for it is 0).
    """

    weight_gradient_reads = frozenset({"input"})

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: object = "uniform",
        embeddings_regularizer: object = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.input_dim = positive_integer(input_dim, f"{self.label}: input_dim")
        check_rows(self.input_dim, f"{self.label}: input_dim")
        self.output_dim = positive_integer(output_dim, f"{self.label}: output_dim")
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.add_regularizer("embeddings", embeddings_regularizer)

    def get_config(self) -> dict[str, Any]:
        return {
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": self.embeddings_initializer.get_config(),
            **super().get_config(),
        }

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if not isinstance(input_shape, tuple):
            raise ValueError(f"{self.label}: expected one input, got several of shapes {input_shape}")
        return (*input_shape, self.output_dim)

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        return {"embeddings": ((self.input_dim, self.output_dim), self.embeddings_initializer)}

    def check_input(self, values: np.ndarray, name: str) -> None:
        step = max(1, _CHECKED // max(values[:1].size, 1))
        for first in range(0, len(values), step):
            check_tokens(values[first : first + step], self.input_dim, f"{self.label}: {name}")

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        return [partial(step.kernels.embedding, step.inputs[0], step.weights["embeddings"], step.output)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        calls = []
        if "embeddings" in step.weight_gradients:
            dtable = step.weight_gradients["embeddings"]
            calls.append(partial(step.kernels.embedding_gradient, step.output_gradient, step.inputs[0], dtable))
        if step.input_gradients[0] is not None:
            calls.append(partial(step.input_gradients[0].fill, 0))
        return calls
