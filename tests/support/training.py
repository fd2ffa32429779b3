"""A small training, a way to stop it, and all that it comes to."""

import numpy as np

import nativecnn
from nativecnn import Sequential, layers
from nativecnn.callbacks import Callback
from nativecnn.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop
from nativecnn.optimizers.schedules import CosineDecay
from nativecnn.random import Stream

X = Stream(5, "x").uniform((50, 6, 6, 1))
Y = np.eye(2, dtype=np.float32)[np.argsort(np.argsort(X.mean(axis=(1, 2, 3)))) % 2]
X_VALIDATION, Y_VALIDATION = Stream(6, "x").uniform((9, 6, 6, 1)), Y[:9]

BATCH_SIZE = 16
BATCHES = 4  # in an epoch; the last one has 2 samples

OPTIMIZERS = {
    "sgd": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "nesterov": lambda: SGD(0.05, momentum=0.8, nesterov=True),
    "adam": lambda: Adam(0.01),
    "adamw": lambda: AdamW(CosineDecay(0.001, 5, warmup_target=0.01, warmup_steps=3), amsgrad=True),
    "nadam": lambda: Nadam(0.01, global_clipnorm=0.1),
    "adamax": lambda: Adamax(0.01),
    "adagrad": lambda: Adagrad(0.1, weight_decay=0.1, clipvalue=0.05),
    "adadelta": lambda: Adadelta(1.0),
    "rmsprop": lambda: RMSprop(0.001, clipnorm=0.1),
    "rmsprop, centered": lambda: RMSprop(0.001, momentum=0.9, centered=True),
}


def network(optimizer="adam", metrics=("accuracy", "mse")):
    """Return a new model of several layers, one of them frozen, one with Winograd's algorithm."""
    nativecnn.set_random_seed(3)
    model = Sequential(
        [
            layers.Conv2D(8, 3, padding="same", activation="relu", input_shape=(6, 6, 1)),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(5, activation="tanh", trainable=False),
            layers.Dense(4, activation="sigmoid"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(OPTIMIZERS[optimizer](), loss="categorical_crossentropy", metrics=list(metrics))
    return model


def train(model, epochs=2, **settings):
    """Train a model, by default with batches of 16 of the 50 samples, and return the history."""
    return model.fit(**({"x": X, "y": Y, "epochs": epochs, "batch_size": BATCH_SIZE, "verbose": 0} | settings))


class StopAfter(Callback):
    """Stops the training after a number of batches."""

    def __init__(self, batches):
        self.batches = batches

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            self.model.stop_training = True


def outcome(model):
    """Return everything that a training changes, exactly."""
    compilation = model.compilation
    state = compilation.state
    return {
        "weights": model.weights_sha256(),
        "iterations": state.iterations,
        "scalars": {name: value.hex() for name, value in state.scalars.items()},
        "slots": {key: [array.tobytes() for array in arrays] for key, arrays in state.slots.items()},
        "epochs_begun": compilation.epochs_begun,
        "position": repr(compilation.position),
    }


def joined(*histories):
    """Return the epochs and values of several calls of ``fit`` as one; values as text, so that NaN equals NaN."""
    values = {}
    for history in histories:
        for name, numbers in history.history.items():
            values.setdefault(name, []).extend(number.hex() for number in numbers)
    return [epoch for history in histories for epoch in history.epoch], values
