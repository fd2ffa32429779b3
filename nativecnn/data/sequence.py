"""Data sets that give their batches by number."""

from __future__ import annotations

from typing import Any

from ..checks import positive_integer


class Sequence:
    """Base of data sets that give their batches by number (Keras's ``PyDataset``, once ``Sequence``).

    A subclass gives ``__len__`` and ``__getitem__``. ``fit`` takes the batches in an order of each epoch's own
    (``shuffle=True``) or by number, and can go on with a training between any two of them: a batch is therefore to
    depend on its number alone, or, by :meth:`in_epoch`, on the epoch as well.

    Parameters
    ----------
    workers : int
        How many threads make batches ahead, while the model computes with others; 0 for none: the thread that trains
        makes them itself. ``__getitem__`` is then called by several threads at once. The batches are used in the same
        order for any number.
    max_queue_size : int
        How many batches there may be ahead.

    Examples
    --------
    >>> class Files(Sequence):
    ...     def __init__(self, names):
    ...         super().__init__(workers=2)
    ...         self.names = names
    ...     def __len__(self):
    ...         return len(self.names)
    ...     def __getitem__(self, index):
    ...         arrays = numpy.load(self.names[index])
    ...         return arrays["x"], arrays["y"]
    >>> model.fit(Files(names), epochs=3)
    """

    workers: int = 0
    max_queue_size: int = 10
    keeps_order: bool = False
    """Whether ``fit`` takes the batches by number even where it shuffles: their order is then the sequence's own."""

    def __init__(self, workers: int = 0, max_queue_size: int = 10) -> None:
        self.workers = positive_integer(workers, "workers", minimum=0)
        self.max_queue_size = positive_integer(max_queue_size, "max_queue_size")

    def __len__(self) -> int:
        """Return the number of batches."""
        raise NotImplementedError(f"{type(self).__name__}: expected a method __len__, got none")

    def __getitem__(self, index: int) -> Any:
        """Return the batch of a number, from 0: ``(x, y)``, ``(x, y, sample_weight)``, or to predict ``x``."""
        raise NotImplementedError(f"{type(self).__name__}: expected a method __getitem__, got none")

    def in_epoch(self, epoch: int, seed: int) -> Sequence:
        """Return the sequence that has the batches of an epoch of training; this one, unless a subclass overrides it.

        Parameters
        ----------
        epoch : int
            Counts the epochs begun since the model was compiled, from 0 (or from ``initial_epoch``).
        seed : int
            The one in force when the training began.
        """
        return self

    def on_epoch_end(self) -> None:
        """Called when all batches of an epoch, or of an evaluation, have been taken."""
