"""Data that come in batches: your own (:class:`Sequence`), and images that are changed at random on the way to a model.

Before that: sequences of different lengths as one array (:func:`pad_sequences`).

::

    sequence.py       what fit, evaluate and predict take batches from
    augmented.py      a sequence of images that are changed by …
    augmentation.py   … transforms; rotation.py: sines and cosines for one of them
    padding.py        pad_sequences
"""

from .augmentation import RandomCrop, RandomFlip, RandomRotation, RandomTranslation, Transform
from .augmented import Augmented
from .padding import pad_sequences
from .sequence import Sequence

__all__ = [
    "Augmented",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "Sequence",
    "Transform",
    "pad_sequences",
]
