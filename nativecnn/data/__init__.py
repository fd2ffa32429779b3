"""Data that come in batches: your own (:class:`Sequence`), and images that are changed at random on the way to a model.

::

    sequence.py       what fit, evaluate and predict take batches from
"""

from .sequence import Sequence

__all__ = ["Sequence"]
