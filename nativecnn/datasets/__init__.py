"""Data sets: MNIST from its files, scikit-learn's bundled digits, drawn pictures of X and O."""

from .handwritten import Samples, load_digits, load_mnist
from .x_or_o import make_x_or_o

__all__ = ["Samples", "load_digits", "load_mnist", "make_x_or_o"]
