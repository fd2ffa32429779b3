"""Sentences of film reviews, each for or against the film."""

from __future__ import annotations

import os

import numpy as np

from nativecnn.formats.errors import DataFileError

from .files import find_file

_LARGEST_FILE = 1 << 26  # bytes, a hundred times the files that there are


def load_film_reviews(folder: str | os.PathLike[str], encoding: str = "utf-8") -> tuple[list[str], np.ndarray]:
    """Read the sentences of ``rt-polarity.pos`` and ``rt-polarity.neg``, one on each line.

    Parameters
    ----------
    folder : str or path-like
        Holds both files.
    encoding : str
        Of the files; "latin-1" as they were first distributed.

    Returns
    -------
    sentences : list of str
        First those of ``rt-polarity.pos``, in the files' order. Of Pang and Lee's data 5,331 of each kind, in small
        letters, with words and punctuation marks parted by spaces.
    labels : numpy.ndarray
        int64, (sentences,); 1 for the film, 0 against it.

    Raises
    ------
    FileNotFoundError
        The folder or one of the files is missing.
    DataFileError
        A file that is not in this encoding, a line without a word, or a file far too large.

    Notes
    -----
    Distributed for research, without a licence.

    References
    ----------
    Pang, Lee: Seeing stars: exploiting class relationships for sentiment categorization with respect to rating scales,
    ACL 2005.
    """
    folder = os.fspath(folder)
    paths = [find_file(folder, [f"rt-polarity.{kind}"]) for kind in ("pos", "neg")]
    positive, negative = (_read_sentences(path, encoding) for path in paths)
    labels = np.repeat(np.array([1, 0], np.int64), [len(positive), len(negative)])
    return positive + negative, labels


def _read_sentences(path: str, encoding: str) -> list[str]:
    with open(path, "rb") as file:
        content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise DataFileError(f"{path}: expected a file of at most {_LARGEST_FILE} bytes, got more")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path}: expected text in the encoding {encoding}, got {error}") from error
    # not splitlines(), which takes characters for ends of lines that sentences of other encodings hold
    sentences = [line.strip() for line in text.removesuffix("\n").split("\n")]
    for number, sentence in enumerate(sentences, start=1):
        if not sentence:
            raise DataFileError(f"{path}: expected a sentence on line {number}, got none")
    return sentences
