"""Whole training runs: small, but each with every kind of layer and both algorithms.

``python -m support.trainings`` (with this folder's parent in ``PYTHONPATH``) trains them all and prints a fingerprint
of each, so that what other processes, builds and versions give can be compared. It needs no more than the package.
"""

import hashlib

import numpy as np

import nativecnn
from nativecnn import Model, Sequential, layers
from nativecnn.data import Augmented, RandomFlip, RandomRotation, RandomTranslation
from nativecnn.losses import CategoricalCrossentropy, Huber, SparseCategoricalCrossentropy
from nativecnn.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop
from nativecnn.optimizers.schedules import CosineDecay, ExponentialDecay
from nativecnn.random import Stream
from nativecnn.regularizers import L1L2

from .branching import branching_network
from .cases import all_pairs, identifier

IMAGE = (14, 13, 3)
SHAPES = {
    **dict.fromkeys(("images", "augmented", "convolutions", "branches"), IMAGE),
    "rows": (14 * 13, 3),
    "volumes": (7, 2, 13, 3),
}
CLASSES = 4
TRANSFORMS = [RandomFlip(), RandomTranslation(0.2, 0.1, "wrap"), RandomRotation(0.1, "constant", 0.5)]
SAMPLES = 23

OPTIMIZERS = {
    "sgd": lambda: SGD(0.05),
    "momentum": lambda: SGD(0.03, momentum=0.9),
    "nesterov": lambda: SGD(0.03, momentum=0.8, nesterov=True),
    "adam": lambda: Adam(0.01),
    "adagrad, clipped by value": lambda: Adagrad(0.05, weight_decay=0.1, clipvalue=0.01),
    "adadelta": lambda: Adadelta(1.0),
    "rmsprop, clipped by norm": lambda: RMSprop(0.003, momentum=0.5, centered=True, clipnorm=0.1),
    "adamw, scheduled": lambda: AdamW(CosineDecay(0.001, 4, warmup_target=0.01, warmup_steps=2), amsgrad=True),
    "adamax, scheduled": lambda: Adamax(ExponentialDecay(0.02, 3, 0.7)),
    "nadam, clipped by all": lambda: Nadam(0.01, global_clipnorm=0.2),
}
# Each loss, and the activation that the network then ends with: where it belongs to the loss, both are one kernel.
LOSSES = {
    "categorical": ("categorical_crossentropy", "softmax"),
    "categorical of logits": (CategoricalCrossentropy(from_logits=True), None),
    "categorical of sigmoids": ("categorical_crossentropy", "sigmoid"),
    "sparse": (SparseCategoricalCrossentropy(label_smoothing=0.05), "softmax"),  # else it would be "categorical"
    "binary": ("binary_crossentropy", "sigmoid"),
    "binary of softmax": ("binary_crossentropy", "softmax"),
    "mean squared": ("mean_squared_error", "tanh"),
    "half squared": ("half_squared_error", None),
    "smoothed categorical": (CategoricalCrossentropy(label_smoothing=0.1), "softmax"),
    "divergence": ("kl_divergence", "softmax"),
    "huber": (Huber(0.3), "tanh"),
    "squared hinge": ("squared_hinge", None),
}
# Optimizers meet losses in gradients alone, so a few of them are tried with all.
_WITH_ALL_LOSSES = ("sgd", "momentum", "nesterov", "adam")
CASES = {
    identifier(case): case | {"kind": "images"}
    for case in all_pairs(
        lambda optimizer, loss, **_: optimizer in _WITH_ALL_LOSSES or loss in ("categorical", "mean squared"),
        optimizer=tuple(OPTIMIZERS),
        loss=tuple(LOSSES),
        batch_size=(4, 9, None),
    )
}
FEW_CASES = dict(list(CASES.items())[:: len(CASES) // 8])  # where all would take too long
KINDS = ("images", "convolutions", "rows", "volumes", "branches")
"""Of networks: what they take, or consist of."""
for _kind in (*KINDS[1:], "augmented"):
    _others = {f"kind={_kind}-{name}": case | {"kind": _kind} for name, case in list(CASES.items())[:2]}
    CASES |= _others
    FEW_CASES |= _others


def samples(kind: str = "images") -> np.ndarray:
    """Return what to train a network with: images (samples, rows, columns, channels), rows or volumes."""
    x = Stream(5, "x").uniform((SAMPLES, *IMAGE)) - np.float32(0.5)
    return x.reshape(SAMPLES, *SHAPES[kind])


def targets(loss: str) -> np.ndarray:
    """Return the targets of a loss of ``LOSSES``."""
    labels = Stream(5, "y").permutation(SAMPLES) % CLASSES
    if loss == "sparse":
        return (labels + 1) % CLASSES  # other ones, so that it is another training
    if loss.endswith("squared"):
        return Stream(5, "targets").uniform((SAMPLES, CLASSES))
    return np.eye(CLASSES, dtype=np.float32)[labels]


def network(ending: str | None, kind: str = "images") -> Model:
    """Return an untrained network that ends with an activation; those of all kinds together have all layers."""
    if kind == "branches":
        return branching_network(IMAGE, CLASSES, ending)
    return {
        "images": _image_network,
        "augmented": _image_network,
        "convolutions": _convolution_network,
        "rows": _row_network,
        "volumes": _volume_network,
    }[kind](ending)


def _convolution_network(ending: str | None) -> Sequential:
    return Sequential(
        [
            layers.DepthwiseConv2D(3, strides=(2, 1), depth_multiplier=2, padding=1, input_shape=IMAGE),
            layers.SeparableConv2D(9, 2, padding="same", activation="relu"),
            layers.Conv2DTranspose(8, 3, padding="same", activation="relu"),
            layers.DepthwiseConv2D((2, 3), activation="tanh", use_bias=False),
            layers.Conv2DTranspose(6, (2, 3), strides=(2, 1), padding="same"),
            layers.Flatten(),
            layers.Dense(CLASSES),
            layers.Activation(ending or "linear"),
        ]
    )


def _row_network(ending: str | None) -> Sequential:
    return Sequential(
        [
            layers.Conv1D(9, 4, strides=2, padding="causal", activation="relu", input_shape=SHAPES["rows"]),
            layers.SpatialDropout1D(0.2),
            layers.Conv1D(6, 3, dilation_rate=2, padding="same", groups=3, use_bias=False),
            layers.PReLU("glorot_uniform", shared_axes=1),
            layers.Conv1D(8, 2, strides=3, activation="tanh"),
            layers.GELU(),
            layers.Flatten(),
            layers.PReLU(),
            layers.Dense(12, activation=layers.LeakyReLU(0.1)),
            layers.Dense(13, activation="hard_silu"),
            layers.SiLU(),
            layers.LeakyReLU(),
            layers.Dense(12),
            layers.HardSiLU(),
            layers.Mish(),
            layers.Dense(11, activation="elu"),
            layers.ReLU(2.0, negative_slope=0.25, threshold=0.125),
            layers.Softplus(),
            layers.SELU(),
            layers.Dense(12),
            layers.ELU(),
            layers.Softsign(),
            layers.ReLU6(),
            layers.HardSigmoid(),
            layers.Dense(CLASSES),
            layers.LogSoftmax(),
            layers.Activation(ending or "linear"),
        ]
    )


def _volume_network(ending: str | None) -> Sequential:
    return Sequential(
        [
            layers.Conv3D(9, (3, 2, 3), padding="same", activation="relu", input_shape=SHAPES["volumes"]),
            layers.SpatialDropout3D(0.2),
            layers.Conv3D(8, 2, strides=(2, 1, 3), groups=1, activation="tanh"),
            layers.Conv3D(6, (2, 1, 1), dilation_rate=(2, 1, 1), groups=2, use_bias=False),
            layers.Flatten(),
            layers.Dense(CLASSES),
            layers.Activation(ending or "linear"),
        ]
    )


def _image_network(ending: str | None) -> Sequential:
    return Sequential(
        [
            layers.Conv2D(8, 3, padding="same", activation="relu", algorithm="direct", input_shape=IMAGE),
            layers.Conv2D(9, 3, padding="same", activation="relu"),  # Winograd's algorithm, tiles of 4 × 4
            layers.MaxPooling2D(3, strides=2, padding="same"),
            layers.Conv2D(9, 3, dilation_rate=(1, 2), padding="same", groups=9, use_bias=False),  # depthwise
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.MaxPooling2D((1, 2), ceil_mode=True),
            layers.Convolution2D(
                12, 2, 3, strides=(2, 1), padding=((1, 0), (1, 1)), groups=3, activation="tanh", kernel_regularizer="l1"
            ),
            layers.AveragePooling2D(2, strides=1, padding="same"),
            layers.LocalResponseNormalization(alpha=0.1),
            layers.SpatialDropout2D(0.1),
            layers.Tanh(),
            layers.AveragePooling2D(3, strides=2, ceil_mode=True),
            layers.Conv2D(10, 3, padding=1, algorithm="winograd"),  # tiles of 2 × 2
            layers.Sigmoid(),
            layers.Softmax(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.LayerNormalization(),
            layers.Dense(11, activation="sigmoid", kernel_regularizer=L1L2(1e-4, 1e-2), bias_regularizer="l2"),
            layers.Dense(10, activation="relu", use_bias=False),
            layers.Dense(CLASSES),
            layers.Activation(ending or "linear"),
        ]
    )


def train(
    optimizer: str, loss: str, batch_size: int | None, kind: str = "images", x: object = None, y: object = None
) -> str:
    """Train a network for two epochs, with a seed of its own; the kind "augmented" with changed and weighted images.

    Returns
    -------
    str
        The SHA-256, in hexadecimal, of the weights, the history of losses and accuracies, and what it predicts.
    """
    nativecnn.set_random_seed(3)
    loss_setting, ending = LOSSES[loss]
    model = network(ending, kind)
    model.compile(OPTIMIZERS[optimizer](), loss_setting, metrics=["accuracy"])
    x, y = samples(kind) if x is None else x, targets(loss) if y is None else y
    settings = {"epochs": 2, "verbose": 0}
    if kind == "augmented":
        weights = Stream(5, "weights").uniform((SAMPLES,))
        data = Augmented(x, y, TRANSFORMS, batch_size or SAMPLES, sample_weight=weights, workers=2)
        history = model.fit(data, validation_data=(x[:5], y[:5]), class_weight={1: 0.3}, **settings).history
    else:
        history = model.fit(x, y, batch_size=batch_size, validation_split=0.2, **settings).history
    digest = hashlib.sha256(model.weights_sha256().encode())
    for name, values in history.items():
        digest.update(" ".join([name, *(float(value).hex() for value in values)]).encode())
    digest.update(model.predict(x, batch_size=7).astype("<f4").tobytes())
    return digest.hexdigest()


def fingerprints(cases: dict = CASES) -> dict[str, str]:
    """Train once for each case and return what :func:`train` does, by the cases' names."""
    return {name: train(**case) for name, case in cases.items()}


if __name__ == "__main__":
    for name, value in fingerprints().items():
        print(value, name)
