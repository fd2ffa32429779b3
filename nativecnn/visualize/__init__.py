"""What a network does, made visible.

Functions that compute give arrays; those that draw begin with ``plot`` and give figures of matplotlib (extra
``plots``), which ``figure.savefig(path)`` writes. ``import nativecnn`` leaves this out: ``from nativecnn import
visualize``.

::

    style.py             size, colours, the scale of values
    images.py            grids of pictures: images, kernels, feature maps
    curves.py            loss and metrics by epoch
    confusion.py         which classes are taken for which
    activations.py       what the layers give: feature maps
    scores.py            the scores of classes before the softmax
    saliency.py          which pixels a score depends on: its gradient; parts of the picture covered
    class_activation.py  where a layer's maps speak for a class
    enlarging.py         maps made as large as the picture
    receptive_field.py   which pixels an activation depends on
    deconvolution.py     what made an activation, sent back to the pixels
    patches.py           the parts of images that excite a unit most
    chains.py            how a layer is reached from the model's input
"""

from .activations import feature_maps
from .class_activation import class_activation_map
from .confusion import confusion_matrix, plot_confusion_matrix
from .curves import plot_history
from .deconvolution import deconvolve
from .enlarging import enlarge
from .images import plot_feature_maps, plot_images, plot_kernels
from .patches import StrongestPatches, cut_boxes, strongest_patches
from .receptive_field import ReceptiveField, receptive_field
from .saliency import gradient_saliency, occlusion
from .scores import logits
from .style import COLOURS, GREY, MAGNITUDE, MARKERS, SIGNED, new_figure

__all__ = [
    "COLOURS",
    "GREY",
    "MAGNITUDE",
    "MARKERS",
    "SIGNED",
    "ReceptiveField",
    "StrongestPatches",
    "class_activation_map",
    "confusion_matrix",
    "cut_boxes",
    "deconvolve",
    "enlarge",
    "feature_maps",
    "gradient_saliency",
    "logits",
    "new_figure",
    "occlusion",
    "plot_confusion_matrix",
    "plot_feature_maps",
    "plot_history",
    "plot_images",
    "plot_kernels",
    "receptive_field",
    "strongest_patches",
]
