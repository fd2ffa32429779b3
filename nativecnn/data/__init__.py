"""Data that come in batches: your own (:class:`Sequence`), and images that are changed at random on the way to a model.

::

    sequence.py       what fit, evaluate and predict take batches from
    augmented.py      a sequence of images that are changed by …
    augmentation.py   … transforms; rotation.py: sines and cosines for one of them
"""

from .augmentation import RandomCrop, RandomFlip, RandomRotation, RandomTranslation, Transform
from .augmented import Augmented
from .sequence import Sequence

__all__ = [
    "Augmented",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "Sequence",
    "Transform",
]
