"""What ``fit`` and ``evaluate`` are given as data, made into sources: checked, split, with what validation is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..checks import number_between, positive_integer
from .arguments import Checked, checked_data
from .batches import DataSet, check_batch_size, split_validation
from .sources import ArraySource, Source, comes_in_batches, source_of_batches

if TYPE_CHECKING:
    from ..model import Model


@dataclass(frozen=True)
class Validation:
    """What ``fit`` is told about validation; see :meth:`Model.fit`."""

    split: float = 0.0
    data: object = None
    steps: int | None = None
    batch_size: int | str | None = None
    freq: int | Collection[int] = 1

    def comes_after(self, epoch: int) -> bool:
        """Return whether an epoch, counted from 0, is one with validation."""
        if isinstance(self.freq, Collection):
            return epoch + 1 in self.freq
        return (epoch + 1) % self.freq == 0

    def check(self) -> None:
        """Raise ``TypeError`` or ``ValueError`` for settings that are none."""
        number_between(self.split, "validation_split", high=1)
        if self.data is not None and self.split:
            raise ValueError("expected validation_split or validation_data, got both")
        numbers = self.freq if isinstance(self.freq, Collection) and not isinstance(self.freq, str) else [self.freq]
        for number in numbers:
            positive_integer(number, "validation_freq")


def training_sources(
    model: Model,
    x: object,
    y: object,
    sample_weight: object,
    class_weight: Mapping[int, float] | None,
    batch_size: int | str | None,
    steps: int | None,
    validation: Validation,
) -> tuple[Source, Source | None]:
    """Return where what to train with comes from, and what to validate with if anything."""
    validation_batch_size = batch_size if validation.batch_size is None else validation.batch_size
    if comes_in_batches(x):
        if validation.split:
            raise ValueError("validation_split: expected arrays to take samples from, got batches")
        source = checked_batches(model, x, y, sample_weight, class_weight, steps, "", "steps_per_epoch")
        checked = None
    else:
        checked = checked_data(model, x, y, sample_weight, class_weight)
        samples = len(checked.inputs[0])
        kept = split_validation(samples, float(validation.split)) if validation.split else samples
        source = checked_arrays(_part(checked, slice(None, kept)), batch_size, steps, "steps_per_epoch")
    if validation.data is None:
        if not validation.split:
            return source, None
        rest = _part(checked, slice(kept, None))
        return source, checked_arrays(rest, validation_batch_size, validation.steps, "validation_steps")
    return source, _validation_source(model, validation, validation_batch_size)


def _validation_source(model: Model, validation: Validation, batch_size: int | str | None) -> Source:
    data, prefix, steps_name = validation.data, "validation ", "validation_steps"
    if comes_in_batches(data):
        return checked_batches(model, data, None, None, None, validation.steps, prefix, steps_name)
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        raise TypeError(
            "validation_data: expected a pair (x, y), perhaps with sample_weight as a third, or what gives such batches"
        )
    checked = checked_data(model, *data, prefix=prefix)
    return checked_arrays(checked, batch_size, validation.steps, steps_name)


def checked_arrays(data: Checked, batch_size: int | str | None, steps: int | None, steps_name: str) -> Source:
    """Return the source of checked arrays; ``steps_name`` is what errors call ``steps``."""
    data = DataSet(data)
    return ArraySource(data, check_batch_size(batch_size, len(data)), steps, steps_name)


def checked_batches(
    model: Model,
    batches: object,
    y: object,
    sample_weight: object,
    class_weight: Mapping[int, float] | None,
    steps: int | None,
    prefix: str,
    steps_name: str,
) -> Source:
    """Return the source of batches ``(x, y)`` or ``(x, y, sample_weight)``, which builds the model if it is not built.

    ``prefix`` is what errors begin names with, ``steps_name`` what they call ``steps``.
    """
    for argument, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"{argument}: expected none beside an x that gives batches (x, y, sample_weight), got some"
            )

    def check(given: object, whose: str) -> DataSet:
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            got = f"{len(given)} of them" if isinstance(given, (tuple, list)) else type(given).__name__
            raise TypeError(f"{prefix}{whose}parts: expected (x, y) or (x, y, sample_weight), got {got}")
        x, y, *weights = given
        return DataSet(checked_data(model, x, y, *weights, class_weight=class_weight, prefix=f"{prefix}{whose}"))

    source = source_of_batches(batches, check, steps, f"{prefix}x", steps_name)
    if not model.built:
        check(source.first(), "batch 0's ")
    model.compilation.outputs(model.graph)
    return source


def _part(data: Checked, part: slice) -> Checked:
    return Checked(
        [array[part] for array in data.inputs],
        [array[part] for array in data.targets],
        [None if array is None else array[part] for array in data.weights],
    )
