"""What a network does, made visible.

Functions that compute give arrays; those that draw begin with ``plot`` and give figures of matplotlib (extra
``plots``), which ``figure.savefig(path)`` writes. ``import nativecnn`` leaves this out: ``from nativecnn import
visualize``.

::

    style.py       size, colours, the scale of values
    images.py      grids of pictures: images, kernels, feature maps
    curves.py      loss and metrics by epoch
    confusion.py   which classes are taken for which
"""

from .confusion import confusion_matrix, plot_confusion_matrix
from .curves import plot_history
from .images import plot_feature_maps, plot_images, plot_kernels
from .style import COLOURS, GREY, MAGNITUDE, MARKERS, SIGNED, new_figure

__all__ = [
    "COLOURS",
    "GREY",
    "MAGNITUDE",
    "MARKERS",
    "SIGNED",
    "confusion_matrix",
    "new_figure",
    "plot_confusion_matrix",
    "plot_feature_maps",
    "plot_history",
    "plot_images",
    "plot_kernels",
]
