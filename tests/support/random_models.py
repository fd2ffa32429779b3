"""A strategy for hypothesis: chains of layers with random settings, compiled for training."""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import nativecnn
from nativecnn import Sequential, layers, losses, optimizers
from nativecnn.layers.base import Layer
from nativecnn.random import Stream

_LARGEST_SAMPLE = 2000  # values: the reference takes its time
_KINKS = ("relu", "relu6", "leaky_relu", "hard_sigmoid", "hard_silu")
_SMOOTH = ("elu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "log_softmax")
_ACTIVATIONS = st.sampled_from((None, "relu", "tanh", "sigmoid", "softmax")) | st.sampled_from(_KINKS + _SMOOTH)
_PADDINGS = st.sampled_from(("valid", "same", 1, ((0, 1), (2, 0))))
_PAIRS = st.sampled_from((1, 2, 3, (1, 2), (3, 1), (2, 3)))
_STRIDES = st.sampled_from((1, 1, 2, (1, 2), (3, 1)))

_MOVING = st.sampled_from(
    (
        ("ZeroPadding2D", {"padding": ((0, 1), (2, 0))}),
        ("Cropping2D", {"cropping": ((1, 0), (0, 1))}),
        ("UpSampling2D", {"size": (1, 2)}),
        ("Permute", {"dims": (3, 1, 2)}),
        ("GlobalAveragePooling2D", {"keepdims": True}),
    )
)

_OPTIMIZERS = (
    {"name": "sgd", "learning_rate": 0.1},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.5, "nesterov": True},
    {"name": "adam", "learning_rate": 0.01},
    {"name": "adamw", "learning_rate": 0.01, "amsgrad": True, "clipnorm": 0.1},
    {"name": "adagrad", "learning_rate": 0.1, "weight_decay": 0.1},
    {"name": "rmsprop", "momentum": 0.5, "centered": True, "clipvalue": 0.01},
    {"name": "nadam", "learning_rate": 0.01, "global_clipnorm": 0.5},
)
_LOSSES = (
    {"name": "categorical_crossentropy"},
    {"name": "categorical_crossentropy", "from_logits": True},
    {"name": "sparse_categorical_crossentropy"},
    {"name": "binary_crossentropy"},
    {"name": "mean_squared_error"},
    {"name": "half_squared_error"},
    {"name": "categorical_crossentropy", "label_smoothing": 0.1},
    {"name": "sparse_categorical_crossentropy", "label_smoothing": 0.3},
    {"name": "binary_crossentropy", "label_smoothing": 0.2},
    {"name": "kl_divergence"},
    {"name": "mean_absolute_error"},
    {"name": "mean_squared_logarithmic_error"},
    {"name": "huber", "delta": 0.3},
    {"name": "log_cosh"},
    {"name": "poisson"},
    {"name": "hinge"},
    {"name": "squared_hinge"},
    {"name": "categorical_hinge"},
)
_REGULARIZERS = (None, None, {"name": "l1", "l1": 0.01}, {"name": "l1_l2", "l1": 0.001, "l2": 0.02})
_OF_PROBABILITIES = ("crossentropy", "kl_divergence", "poisson")
_WITH_KINKS = ("mean_absolute_error", "mean_squared_logarithmic_error", "hinge", "categorical_hinge")
_PROBABILITIES = ("softmax", "sigmoid")


class Example(NamedTuple):
    """How to make a model, and data for it."""

    input_shape: tuple[int, ...]
    layers: list[tuple[str, dict[str, Any]]]
    """Class and settings of each."""
    optimizer: dict[str, Any]
    loss: dict[str, Any]
    seed: int
    samples: int

    def model(self) -> Sequential:
        """Return the model, compiled, its weights drawn by the seed."""
        nativecnn.set_random_seed(self.seed)
        model = Sequential([getattr(layers, name)(**settings) for name, settings in self.layers])
        model.build(self.input_shape)
        model.compile(optimizers.get(self.optimizer), losses.get(self.loss))
        return model

    @property
    def x(self) -> np.ndarray:
        return Stream(self.seed, "x").uniform((self.samples, *self.input_shape)) - np.float32(0.5)

    @property
    def y(self) -> np.ndarray:
        classes = self.layers[-1][1]["units"]
        labels = Stream(self.seed, "y").permutation(self.samples) % classes
        return labels if self.loss["name"].startswith("sparse") else np.eye(classes, dtype=np.float32)[labels]


@st.composite
def _image_layers(draw, kinks):
    kinds = (
        "conv",
        "winograd",
        "max",
        "depthwise",
        "average",
        "activation",
        "dropout",
        "response",
        "row",
        "transposed",
        "moving",
        "separable",
        "normalization",
    )
    # A normalization makes the gradients before it so small a difference that float32 leaves nothing but its roundings.
    kind = draw(st.sampled_from(kinds if kinks else kinds[:-1]))
    activation = draw(_ACTIVATIONS)
    if kind == "activation":
        return "Activation", {"function": activation or "linear"}
    if kind == "response":
        settings = {"size": draw(st.sampled_from((1, 3, 5))), "beta": draw(st.sampled_from((0.75, 0.6)))}
        return "LocalResponseNormalization", settings | {"alpha": draw(st.sampled_from((1e-4, 0.5)))}
    if kind == "row":
        return "LayerNormalization", {"axis": draw(st.sampled_from(((-3, -2, -1), (-2, -1))))}
    if kind == "dropout":
        rate = draw(st.sampled_from((0.5, 0.0, 0.2)))
        return draw(st.sampled_from(("Dropout", "SpatialDropout2D"))), {"rate": rate}
    if kind == "moving":
        return draw(_MOVING)
    if kind == "normalization":
        switches = {name: draw(st.booleans()) for name in ("center", "scale")}
        return "BatchNormalization", {"momentum": draw(st.sampled_from((0.99, 0.5, 0.0)))} | switches
    settings = {"padding": draw(_PADDINGS)}
    if kind in ("max", "average"):
        settings |= {"pool_size": draw(_PAIRS), "strides": draw(st.none() | _STRIDES), "ceil_mode": draw(st.booleans())}
        return ("MaxPooling2D" if kind == "max" and kinks else "AveragePooling2D"), settings
    settings |= {"activation": activation, "use_bias": draw(st.booleans())}
    settings |= {"kernel_regularizer": draw(st.sampled_from(_REGULARIZERS))}
    if kind == "winograd":
        return "Conv2D", settings | {"filters": draw(st.sampled_from((8, 9, 17))), "kernel_size": 3}
    settings |= {"kernel_size": draw(_PAIRS), "strides": draw(_STRIDES), "dilation_rate": draw(_PAIRS)}
    if kind == "depthwise":
        return "DepthwiseConv2D", settings | {"depth_multiplier": draw(st.integers(1, 2))}
    if kind == "separable":
        settings |= {"depth_multiplier": draw(st.integers(1, 2)), "filters": draw(st.sampled_from((1, 3, 17)))}
        return "SeparableConv2D", settings
    if kind == "transposed":
        return "Conv2DTranspose", settings | {"filters": draw(st.sampled_from((1, 2, 6, 9)))}
    groups = draw(st.sampled_from((1, 2, 3)))
    return "Conv2D", settings | {"filters": draw(st.sampled_from((1, 2, 6, 9, 16))), "groups": groups}


def _without_kinks(settings):
    if settings.get("activation") in _KINKS or settings.get("function") in _KINKS:
        return settings | {("activation" if "activation" in settings else "function"): "tanh"}
    return settings


@st.composite
def examples(draw, kinks=True):
    """Any example; without ``kinks`` its loss has a gradient everywhere."""
    side = st.sampled_from((6, 9, 11, 1, 2, 5))
    shape = input_shape = (draw(side), draw(side), draw(st.sampled_from((1, 2, 3, 8, 9))))
    chosen = []
    for name, settings in draw(st.lists(_image_layers(kinks), min_size=1, max_size=6)):
        settings = settings if kinks else _without_kinks(settings)
        after = _output_shape(name, settings, shape)
        if after is not None:
            chosen.append((name, settings))
            shape = after
    chosen.append(("Flatten", {}))
    for units in draw(st.lists(st.sampled_from((1, 5, 16, 33)), max_size=2)):
        chosen.append(("Dense", {"units": units, "activation": draw(_ACTIVATIONS), "use_bias": draw(st.booleans())}))
    chosen = [(name, settings if kinks else _without_kinks(settings)) for name, settings in chosen]
    loss = draw(st.sampled_from([loss for loss in _LOSSES if kinks or loss["name"] not in _WITH_KINKS]))
    is_probability = loss["name"].endswith(_OF_PROBABILITIES) and not loss.get("from_logits")
    ending = draw(st.sampled_from(_PROBABILITIES)) if is_probability else draw(st.sampled_from((None, "tanh")))
    penalties = {"kernel_regularizer": draw(st.sampled_from(_REGULARIZERS))}
    penalties["bias_regularizer"] = draw(st.sampled_from((None, "l2")))  # biases begin at 0, where l1 has a kink
    chosen.append(("Dense", {"units": draw(st.integers(2, 10)), "activation": ending} | penalties))
    return Example(
        input_shape,
        chosen,
        draw(st.sampled_from(_OPTIMIZERS)),
        loss,
        draw(st.integers(0, 999)),
        draw(st.integers(1, 5)),
    )


def _output_shape(name, settings, shape):
    """Return what a layer makes of a shape; None if it does not take it, or makes too much of it."""
    try:
        layer: Layer = getattr(layers, name)(**settings)
        after = layer.compute_output_shape(shape)
    except ValueError:
        return None
    return after if np.prod(after) <= _LARGEST_SAMPLE else None
