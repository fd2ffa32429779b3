"""What every lesson has: its command line, its tables, its pictures, its data."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

import nativecnn

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class NoData(SystemExit):
    """The folder with real data is not there."""


@dataclass
class Lesson:
    """A run of a lesson.

    Attributes
    ----------
    out : Path
        The folder for its pictures.
    seed : int
        All that is random follows from it.
    quick : bool
        Whether to run in a reduced form: fewer samples, fewer epochs.
    """

    out: Path
    seed: int
    quick: bool

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]], decimals: int = 2) -> None:
        """Print a table: the first column to the left, the others to the right; floats with so many decimals."""
        texts = [
            [f"{cell:.{decimals}f}" if isinstance(cell, (float, np.floating)) else str(cell) for cell in row]
            for row in rows
        ]
        widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
        for line in [list(header), ["-" * width for width in widths], *texts]:
            first, *others = zip(line, widths, strict=True)
            print("  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip())
        print()

    def save(self, figure: Figure, name: str) -> None:
        """Write a picture, in 256 colours so that the file is small, and say where it is."""
        drawn = BytesIO()
        figure.savefig(drawn, dpi=100, bbox_inches="tight", pad_inches=0.1)
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{name}.png"
        Image.open(drawn).convert("RGB").quantize(256).save(path, optimize=True)
        print(f"picture: {path}")

    def data(self, name: str) -> Path:
        """Return a folder of real data: that of this name in ``NATIVECNN_DATA``, by default beside the repository.

        Raises
        ------
        NoData
            If there is none; the program ends with the message.
        """
        beside = Path(__file__).resolve().parents[2] / "shared" / "data"
        folder = Path(os.environ.get("NATIVECNN_DATA", beside)).resolve() / name
        if not folder.is_dir():
            raise NoData(
                f"expected the data in {folder} (NATIVECNN_DATA names the folder around it), got no such folder"
            )
        return folder


def begin(description: str, arguments: Sequence[str] | None = None) -> Lesson:
    """Read a lesson's command line and set the seed.

    Parameters
    ----------
    description : str
        The script's docstring.
    arguments : sequence of str, optional
        In place of the command line's.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("pictures"), help="folder for the pictures (pictures)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is random (0)")
    parser.add_argument("--quick", action="store_true", help="a reduced form of seconds: less data, fewer epochs")
    chosen = parser.parse_args(arguments)
    nativecnn.set_random_seed(chosen.seed)
    return Lesson(chosen.out, chosen.seed, chosen.quick)
