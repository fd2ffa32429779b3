"""Callbacks: what happens besides, while a model is trained.

What a callback remembers from epoch to epoch is written into the model's file with the state of the training, so a
training that stops and goes on (``fit(…, resume=True)``, with callbacks of the same classes in the same order) ends
with the same bits as one that does not stop. Callbacks that remember something may be added where there were none.

::

    base.py             Callback and the list of them
    checkpoint.py       files of the model
    stopping.py         early ends
    learning_rate.py    changes of the learning rate
    csv_log.py          a table of the epochs
    functions.py        functions in place of a class
    monitoring.py       when one of the logs' values is better than before

Examples
--------
>>> class Print(Callback):
...     def on_epoch_end(self, epoch, logs=None):
...         print(epoch, logs["loss"])
>>> model.fit(x, y, callbacks=[Print(), ModelCheckpoint("model.safetensors")])
"""

from .base import Callback, CallbackList
from .checkpoint import ModelCheckpoint
from .csv_log import CSVLogger
from .functions import LambdaCallback
from .learning_rate import LearningRateScheduler, ReduceLROnPlateau
from .stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
