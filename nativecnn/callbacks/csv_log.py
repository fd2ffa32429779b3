"""A table of the epochs, as text."""

from __future__ import annotations

import csv
import io
import os

from .. import described
from .base import Callback, State


class CSVLogger(Callback):
    """Adds a line to a file after every epoch: its number, counted from 0, and the values in the logs.

    Numbers are written so that reading them gives the same ones (``repr``); what an epoch lacks, such as validation, is
    ``NA``. The columns are those of the first epoch, with all of ``"val_…"`` where there is validation. In a training
    that goes on, the file is first cut to what it held where the training stands.

    Parameters
    ----------
    filename : str or path-like
    separator : str
        One character.
    append : bool
        Whether another training (without ``resume``) adds to the file if there is one, or else begins a new file.

    Raises
    ------
    TypeError
        If the separator is no single character.
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        if not isinstance(separator, str) or len(separator) != 1:
            raise TypeError(f"CSVLogger: expected a single character as separator, got {separator!r}")
        self.filename, self.separator, self.append = os.fspath(filename), separator, bool(append)
        self._columns: list[str] | None = None
        self._bytes = 0

    def state(self) -> State:
        return {"bytes": self._bytes, "columns": self._columns}

    def set_state(self, state: State | None) -> None:
        if state is None:
            self._columns, self._bytes = None, self._size() if self.append else 0
            open(self.filename, "ab" if self.append else "wb").close()  # a wrong name is found before any training
            return
        kept, columns = described.fields(state, "CSVLogger", "bytes", "columns")
        kept = described.count(kept, "CSVLogger: bytes")
        texts = isinstance(columns, list) and all(isinstance(column, str) for column in columns)
        if columns is not None and not texts:
            raise TypeError(f"CSVLogger: expected a list of columns, got {columns!r}")
        self._columns, self._bytes = columns, kept
        if not os.path.exists(self.filename):
            self._bytes = 0  # perhaps on another machine: a file of the rest
            return
        size = self._size()
        if size < kept:
            raise ValueError(
                f"CSVLogger: expected {self.filename} to hold the lines of the training so far, {kept} bytes, "
                f"got {size} bytes"
            )
        os.truncate(self.filename, kept)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        logs = logs or {}
        if self._columns is None:
            self._columns = list(logs)
            if self.params.get("validation") and not any(column.startswith("val_") for column in logs):
                self._columns += [f"val_{column}" for column in logs]
        unknown = [name for name in logs if name not in self._columns]
        if unknown:
            raise ValueError(f"CSVLogger: expected only the values {', '.join(self._columns)}, got also {unknown}")
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.separator, lineterminator="\n")
        if not self._bytes:
            writer.writerow(["epoch", *self._columns])
        writer.writerow([epoch, *(repr(float(logs[name])) if name in logs else "NA" for name in self._columns)])
        with open(self.filename, "ab") as file:  # closed between: an error elsewhere leaves no file open
            file.write(text.getvalue().encode())
        self._bytes = self._size()

    def _size(self) -> int:
        return os.path.getsize(self.filename) if os.path.exists(self.filename) else 0
