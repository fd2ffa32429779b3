"""Which pixels a class's score depends on: by its gradient, and by covering parts of the picture."""

from __future__ import annotations

import numpy as np

from .._kernels.floating_point import contract_state
from ..gradients import output_gradients
from ..model import Model
from ..ops.windows import normalize_pair
from ..training.arguments import checked_inputs
from ..training.batches import check_batch_size, copy_samples
from .scores import check_classifier, chosen_classes, logits, one_for_each


@contract_state
def gradient_saliency(model: Model, x: object, classes: object = None, *, batch_size: int | None = 32) -> np.ndarray:
    """Return the gradient of a class's score by the picture: where small changes of a pixel change the score most.

    The score is that before a final softmax or sigmoid (:func:`~nativecnn.visualize.logits`), as in the paper, which
    draws, for each pixel, the largest magnitude among its channels: ``abs(gradient).max(axis=-1)``. Whoever asks often
    gives ``visualize.logits(model)`` itself, for which what is prepared at the first call is kept.

    Parameters
    ----------
    model : Model
        A classifier with one input and one output; as it is in inference, compiled or not.
    x : array, shape (samples, …)
        Pictures, or samples of any other shape; not tokens.
    classes : int or array of int, shape (samples,), optional
        Whose score; by default each sample's highest.
    batch_size : int, optional
        How many samples are computed together; the results are the same bits for any.

    Returns
    -------
    numpy.ndarray, float32, shape of x
        Positive where more would raise the score.

    Raises
    ------
    TypeError, ValueError
        If samples or classes do not fit the model, or it takes tokens, which have no gradient.

    References
    ----------
    Simonyan, Vedaldi, Zisserman: Deep inside convolutional networks: visualising image classification models and
    saliency maps, 2013.
    """
    values = checked_inputs(model, x)[0]
    count = check_classifier(model, "gradient_saliency")
    scored = logits(model)
    chosen = chosen_classes(classes, scored, values, len(values), batch_size)
    return output_gradients(scored, values, one_for_each(chosen, count), batch_size=batch_size)


@contract_state
def occlusion(
    model: Model,
    x: object,
    classes: object = None,
    *,
    window: object,
    stride: object = 1,
    value: object = 0.0,
    batch_size: int | None = 32,
) -> np.ndarray:
    """Return how far a class's score falls when a window of the picture is covered, by the window's place.

    The score is what the model gives: a probability where it ends with a softmax, as in the paper, and otherwise what
    it is, as of ``visualize.logits(model)``.

    Parameters
    ----------
    model : Model
        A classifier with one input and one output.
    x : array, shape (samples, rows, columns, channels)
        Pictures.
    classes : int or array of int, shape (samples,), optional
        Whose score; by default each sample's highest.
    window : int or (int, int)
        Rows and columns that are covered.
    stride : int or (int, int)
        From one window to the next.
    value : float or sequence of float
        What covers, for all channels or for each; the mean of the training pictures is a usual choice.
    batch_size : int, optional
        How many covered pictures are computed together, which bounds the memory.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, ⌈rows / stride⌉, ⌈columns / stride⌉)
        The score of the picture less that of the covered one: high where the class is seen. Cells lie side by side,
        ``stride`` pixels wide, from the picture's first pixel on, and the window lies around the middle of its cell
        (half a pixel before it where one of both is odd); what would be outside of the picture is cut off. So the map
        covers the picture, as maps of layers do: :func:`~nativecnn.visualize.enlarge` makes it as large.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit the model.

    References
    ----------
    Zeiler, Fergus: Visualizing and understanding convolutional networks, 2014.
    """
    pictures = checked_inputs(model, x)[0]
    check_classifier(model, "occlusion")
    if pictures.ndim != 4:
        raise ValueError(f"occlusion: expected pictures (samples, rows, columns, channels), got shape {pictures.shape}")
    samples, *size, channels = pictures.shape
    window, stride = normalize_pair(window, "occlusion: window"), normalize_pair(stride, "occlusion: stride")
    cover = _cover(value, channels)
    rows, columns = (
        [_window(cell, *sizes) for cell in range(-(-sizes[0] // sizes[2]))]
        for sizes in zip(size, window, stride, strict=True)
    )
    seen = model.predict(pictures, batch_size=batch_size)
    chosen = chosen_classes(classes, model, pictures, samples, batch_size) if classes is not None else seen.argmax(1)
    shape = (samples, len(rows), len(columns))
    falls = np.empty(shape, np.float32)
    total = falls.size
    batch_size = check_batch_size(batch_size, total)
    covered = np.empty((batch_size, *pictures.shape[1:]), np.float32)
    for first in range(0, total, batch_size):
        numbers, at_rows, at_columns = np.unravel_index(np.arange(first, min(first + batch_size, total)), shape)
        batch = covered[: len(numbers)]
        copy_samples(pictures[numbers], batch)
        for picture, row, column in zip(batch, at_rows, at_columns, strict=True):
            picture[rows[row], columns[column]] = cover
        scores = model.predict(batch, batch_size=None)
        classes_of_batch = chosen[numbers]
        falls.reshape(-1)[first : first + len(batch)] = (
            seen[numbers, classes_of_batch] - scores[np.arange(len(batch)), classes_of_batch]
        )
    return falls


def _window(cell: int, size: int, window: int, stride: int) -> slice:
    """Return the pixels covered around a cell, along one axis."""
    start = cell * stride + (stride - window) // 2
    return slice(max(start, 0), max(min(start + window, size), 0))


def _cover(value: object, channels: int) -> np.ndarray:
    cover = np.asarray(value)
    if cover.dtype.kind not in "buif":
        raise TypeError(f"occlusion: value: expected numbers, got dtype {cover.dtype}")
    if cover.shape not in ((), (channels,)):
        raise ValueError(
            f"occlusion: value: expected a number, or one for each of {channels} channels, got shape {cover.shape}"
        )
    return cover.astype(np.float32)
