"""Finding the files of a data set."""

import os
from collections.abc import Sequence


def find_file(folder: str, names: Sequence[str]) -> str:
    """Return the path of the first of the files that is in the folder.

    Raises
    ------
    FileNotFoundError
        The folder, or any of the files, is missing; the message lists the names.
    """
    if not os.path.isdir(folder):
        problem = "a file" if os.path.exists(folder) else "no such folder"
        raise FileNotFoundError(f"{folder}: expected a folder with {names[0]} and its like, got {problem}")
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(f"{folder}: expected a file named {' or '.join(_enumerated(names))}, got none")


def _enumerated(names: Sequence[str]) -> list[str]:
    """Return the names as the two sides of an "or", or the only one."""
    return [", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names)
