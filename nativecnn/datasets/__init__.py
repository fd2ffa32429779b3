"""Data sets: MNIST, spoken digits and film reviews from their files, scikit-learn's bundled digits, drawn pictures."""

from .film_reviews import load_film_reviews
from .handwritten import Samples, load_digits, load_mnist
from .spoken_digits import SpokenDigit, load_spoken_digits
from .x_or_o import make_x_or_o

__all__ = [
    "Samples",
    "SpokenDigit",
    "load_digits",
    "load_film_reviews",
    "load_mnist",
    "load_spoken_digits",
    "make_x_or_o",
]
