"""The errors that the readers of files raise.

A file that cannot be opened keeps the operating system's own error (``FileNotFoundError`` and its kin);
these two are for files that were opened and do not hold what they should.
"""


class DataFileError(ValueError):
    """A data file (idx, image, array) that does not hold what it should; the message names the file."""


class ModelFileError(ValueError):
    """A model file that does not hold what it should; the message names the file."""
