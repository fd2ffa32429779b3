"""A classifier and a regressor with the interface of scikit-learn's estimators."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_array, check_is_fitted, column_or_1d, validate_data

from .. import losses, optimizers
from .._kernels.floating_point import contract_state
from ..checks import number_between, positive_integer
from ..layers.steps import Shape
from ..losses import Loss, LossOfClasses, SparseCategoricalCrossentropy
from ..model import Model
from ..ops import softmax
from ..random import permutation, random_seed, temporary_seed
from .architecture import default_values, with_values
from .networks import default_network

_LARGEST_SEED = 2**31 - 1
_OF_MODEL = "model__"


class _CNNEstimator(BaseEstimator):
    """What both estimators share: data in either form, the network, its training."""

    def __init__(
        self,
        model: Callable[[Shape, int], Model] | None = None,
        *,
        input_shape: Shape | None = None,
        optimizer: object = "adam",
        learning_rate: float | None = None,
        loss: object = "",
        epochs: int = 30,
        batch_size: int | None = 32,
        validation_fraction: float = 0.0,
        callbacks: Sequence[object] | None = None,
        random_state: object = None,
        verbose: int = 0,
        warm_start: bool = False,
    ) -> None:
        self.model = model
        self.input_shape = input_shape
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.loss = loss
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    # Parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; if ``deep``, also the keyword arguments of ``model``, as ``model__<name>``."""
        params = super().get_params(deep)
        if deep and not hasattr(self.model, "get_params"):
            params |= {_OF_MODEL + name: value for name, value in default_values(self.model).items()}
        return params

    def set_params(self, **params: object) -> _CNNEstimator:
        """Set parameters by name. ``model__<name>`` puts ``model`` with another value of that argument in its place.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        of_model = {name: params.pop(name) for name in list(params) if name.startswith(_OF_MODEL)}
        super().set_params(**params)
        if hasattr(self.model, "set_params"):
            return super().set_params(**of_model)
        if of_model:
            values = {name.removeprefix(_OF_MODEL): value for name, value in of_model.items()}
            self.model = with_values(self.model, values)
        return self

    # Samples

    def _flat(self, x: object) -> tuple[object, Shape | None]:
        """Return samples as rows of features, and the shape that one had if it was an image."""
        if getattr(x, "ndim", None) in (None, 1, 2) and not _is_deep(x):
            return x, None
        array = check_array(x, allow_nd=True, dtype="numeric")
        return array.reshape(len(array), -1), array.shape[1:]

    def _shape_of_sample(self, features: int, given: Shape | None) -> Shape:
        if self.input_shape is not None:
            try:
                shape = tuple(positive_integer(size, "input_shape") for size in self.input_shape)
            except TypeError as error:
                raise TypeError(f"input_shape: expected a tuple of integers, got {self.input_shape!r}") from error
            if math.prod(shape) != features:
                raise ValueError(f"input_shape: expected a shape of {features} values, as X has, got {shape}")
            return shape
        if given is None:
            return (features,)
        return (*given, 1) if len(given) == 2 else given

    def _samples(self, x: object) -> np.ndarray:
        """Return checked samples in the shape that the network takes."""
        check_is_fitted(self)
        x, _ = self._flat(x)
        x = validate_data(self, x, reset=False, dtype="numeric")
        return x.reshape(len(x), *self.input_shape_)

    # Training

    def _train(
        self,
        x: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray | None,
        shape: Shape,
        outputs: int,
        loss: Loss,
        activation: str | None,
    ) -> None:
        epochs = positive_integer(self.epochs, "epochs")
        fraction = number_between(self.validation_fraction, "validation_fraction", high=1)
        warm = self.warm_start and hasattr(self, "model_")
        if not warm:
            self._seed = self._drawn_seed()
        with temporary_seed(self._seed):
            if warm:
                self._check_network(self.model_, shape, outputs)
            else:
                self.model_ = self._network(shape, outputs, activation)
                self.model_.compile(self._optimizer(), loss=loss)
            self.input_shape_ = shape
            x = x.reshape(len(x), *shape)
            settings: dict[str, Any] = {"validation_data": None}
            if fraction:
                x, y, weights, settings["validation_data"] = self._split(x, y, weights, fraction)
            if weights is not None:
                settings["sample_weight"] = weights
            history = self.model_.fit(
                x,
                y,
                batch_size=self.batch_size,
                epochs=epochs,
                verbose=int(self.verbose),
                callbacks=None if self.callbacks is None else copy.deepcopy(list(self.callbacks)),
                **settings,
            )
        self.history_ = history.history

    def _drawn_seed(self) -> int:
        if self.random_state is None:
            return random_seed()
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(_LARGEST_SEED))

    def _network(self, shape: Shape, outputs: int, activation: str | None) -> Model:
        if self.model is None:
            return default_network(shape, outputs, activation)
        if not callable(self.model):
            raise TypeError(f"model: expected a function of input_shape and n_outputs, got {self.model!r}")
        model = self.model(shape, outputs)
        if not isinstance(model, Model):
            raise TypeError(f"model: expected a function that returns a nativecnn model, got {model!r} from it")
        if not model.built:
            model.build(shape)
        self._check_network(model, shape, outputs)
        return model

    def _check_network(self, model: Model, shape: Shape, outputs: int) -> None:
        got = (model.input_shape, model.output_shape)
        if got != (shape, (outputs,)):
            raise ValueError(
                f"{type(self).__name__}: expected a network from samples {shape} to outputs {(outputs,)}, "
                f"got one from {got[0]} to {got[1]}"
            )

    def _optimizer(self) -> optimizers.Optimizer:
        optimizer = copy.deepcopy(optimizers.get(self.optimizer))
        if self.learning_rate is not None:
            optimizer.learning_rate = self.learning_rate
        return optimizer

    def _split(
        self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None, fraction: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, tuple[np.ndarray, ...]]:
        """Return what to train with, and what to validate with, chosen at random."""
        kept = math.ceil(len(x) * (1 - fraction))
        if not 0 < kept < len(x):
            raise ValueError(
                f"validation_fraction: expected to leave samples for training and for validation, "
                f"got {fraction} of {len(x)} samples"
            )
        order = permutation(len(x), self._seed, "validation")
        first, rest = np.sort(order[:kept]), np.sort(order[kept:])
        if weights is None:
            return x[first], y[first], None, (x[rest], y[rest])
        return x[first], y[first], weights[first], (x[rest], y[rest], weights[rest])

    def _outputs(self, x: object) -> np.ndarray:
        x = self._samples(x)
        return self.model_.predict(x, batch_size=self.batch_size or 32)


class CNNClassifier(ClassifierMixin, _CNNEstimator):
    """A network as a classifier of scikit-learn's.

    Samples are rows of features, (samples, features), or images, (samples, rows, columns) or (samples, rows, columns,
    channels); ``fit`` and ``predict`` take either form, as long as a sample has as many values.

    Parameters
    ----------
    model : callable, optional
        A function of ``input_shape`` and ``n_outputs``, the number of classes, that returns a new model, not compiled,
        from the one to (``n_outputs``,), most often ending in softmax. By default a small network: a hidden layer, for
        images after two convolutions. Further keyword arguments of the function are parameters of the estimator:
        ``set_params(model__filters=8)``, or a search over ``{"model__filters": [8, 16]}``.
    input_shape : tuple of int, optional
        The shape of a sample to the network, such as (8, 8, 1) where rows of 64 features are images. By default that
        of ``X``; images without an axis of channels get one.
    optimizer : str, dict or Optimizer
        As ``compile`` takes it.
    learning_rate : float, optional
        By default the optimizer's own.
    loss : str, dict or Loss
        A cross-entropy or another loss of classes.
    epochs : int
        How often each call of ``fit`` goes through all samples.
    batch_size : int or None
        Samples in a step; None for all.
    validation_fraction : float
        Part of the samples, chosen at random, that is not trained with; ``history_`` then has its loss.
    callbacks : list of Callback, optional
        Of each call of ``fit`` copies.
    class_weight : dict, "balanced" or None
        By class, a factor of the losses of its samples.
    random_state : int, RandomState or None
        The seed of weights and orders; one is drawn from a ``RandomState``. None is the seed that
        ``nativecnn.set_random_seed`` has set, 0 by default, so nothing is left to chance.
    verbose : int
        As ``fit`` of a model takes it.
    warm_start : bool
        Whether ``fit`` goes on with the network that it has, and with what the optimizer remembers.

    Attributes
    ----------
    classes_ : numpy.ndarray, shape (classes,)
    model_ : nativecnn.Model
    history_ : dict of str to list of float
        The loss of each epoch of the latest ``fit``, as a model's ``fit`` returns it.
    input_shape_ : tuple of int
    n_features_in_ : int
        Values of a sample, also of an image.
    feature_names_in_ : numpy.ndarray
        Where ``X`` had names of columns.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import cross_val_score
    >>> x, y = load_digits(return_X_y=True)
    >>> cross_val_score(CNNClassifier(input_shape=(8, 8, 1)), x / 16, y, cv=3).mean() > 0.9
    True

    A search for the number of hidden neurons:

    >>> from sklearn.model_selection import GridSearchCV
    >>> from nativecnn import Sequential, layers
    >>> def dense(input_shape, n_outputs, neurons=16):
    ...     hidden = layers.Dense(neurons, activation="relu", input_shape=input_shape)
    ...     return Sequential([hidden, layers.Dense(n_outputs, activation="softmax")])
    >>> search = GridSearchCV(CNNClassifier(dense, epochs=5), {"model__neurons": [2, 64]}, cv=2)
    >>> search.fit(x / 16, y).best_params_
    {'model__neurons': 64}
    """

    def __init__(
        self,
        model: Callable[[Shape, int], Model] | None = None,
        *,
        input_shape: Shape | None = None,
        optimizer: object = "adam",
        learning_rate: float | None = None,
        loss: object = "sparse_categorical_crossentropy",
        epochs: int = 30,
        batch_size: int | None = 32,
        validation_fraction: float = 0.0,
        callbacks: Sequence[object] | None = None,
        class_weight: Mapping[object, float] | str | None = None,
        random_state: object = None,
        verbose: int = 0,
        warm_start: bool = False,
    ) -> None:
        super().__init__(
            model,
            input_shape=input_shape,
            optimizer=optimizer,
            learning_rate=learning_rate,
            loss=loss,
            epochs=epochs,
            batch_size=batch_size,
            validation_fraction=validation_fraction,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
            warm_start=warm_start,
        )
        self.class_weight = class_weight

    @contract_state
    def fit(self, X: object, y: object, sample_weight: object = None) -> CNNClassifier:  # noqa: N803
        """Train the network.

        Parameters
        ----------
        X : array, shape (samples, …)
        y : array, shape (samples,)
            Class labels of any type.
        sample_weight : array, shape (samples,), optional
            By sample, a factor of its loss, at least 0; it is multiplied by that of ``class_weight``.

        Raises
        ------
        TypeError, ValueError
            If a parameter or the data do not fit.
        """
        x, given = self._flat(X)
        x, y = validate_data(self, x, y, dtype="numeric")
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        classes, labels = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"{type(self).__name__}: expected samples of two classes or more, got one class")
        if self.warm_start and hasattr(self, "model_") and not np.array_equal(classes, self.classes_):
            raise ValueError(f"warm_start: expected the classes of before, {self.classes_}, got {classes}")
        loss = copy.deepcopy(losses.get(self.loss))
        if not isinstance(loss, LossOfClasses):
            raise ValueError(f"loss: expected one of classes, such as cross-entropy, got {loss.name}")
        weights = None
        if sample_weight is not None or self.class_weight is not None:
            weights = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
            weights = (weights * compute_sample_weight(self.class_weight, y)).astype(np.float32)
        targets = (
            labels
            if isinstance(loss, SparseCategoricalCrossentropy)
            else np.eye(len(classes), dtype=np.float32)[labels]
        )
        shape = self._shape_of_sample(x.shape[1], given)
        self.classes_, self._from_logits = classes, loss.from_logits
        self._train(x, targets, weights, shape, len(classes), loss, None if loss.from_logits else "softmax")
        return self

    @contract_state
    def predict_proba(self, X: object) -> np.ndarray:  # noqa: N803
        """Return the outputs of the network (float32): the probabilities of the classes, in the order of ``classes_``.

        They are softmax of the outputs where the loss takes these as logits.
        """
        outputs = self._outputs(X)
        return softmax(outputs) if self._from_logits else outputs

    @contract_state
    def predict_log_proba(self, X: object) -> np.ndarray:  # noqa: N803
        """Return the logarithms of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @contract_state
    def predict(self, X: object) -> np.ndarray:  # noqa: N803
        """Return the class of each sample, the first one of the largest output."""
        outputs = self._outputs(X)
        return self.classes_[np.argmax(outputs, axis=1)]


class CNNRegressor(RegressorMixin, _CNNEstimator):
    """A network as a regressor of scikit-learn's, of one target or of several.

    Samples are rows of features or images, as for :class:`CNNClassifier`. Parameters and attributes are those it has,
    with these differences: ``n_outputs`` of ``model`` is the number of targets, ``loss`` is one of numbers, such as
    ``"huber"``, and there are no ``class_weight`` and no ``classes_``. Targets are not scaled:
    sklearn.compose.TransformedTargetRegressor does that.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> x, y = make_regression(300, 10, random_state=0)
    >>> CNNRegressor(epochs=100, random_state=1).fit(x, y / 100).score(x, y / 100) > 0.9
    True
    """

    def __init__(
        self,
        model: Callable[[Shape, int], Model] | None = None,
        *,
        input_shape: Shape | None = None,
        optimizer: object = "adam",
        learning_rate: float | None = None,
        loss: object = "mean_squared_error",
        epochs: int = 30,
        batch_size: int | None = 32,
        validation_fraction: float = 0.0,
        callbacks: Sequence[object] | None = None,
        random_state: object = None,
        verbose: int = 0,
        warm_start: bool = False,
    ) -> None:
        super().__init__(
            model,
            input_shape=input_shape,
            optimizer=optimizer,
            learning_rate=learning_rate,
            loss=loss,
            epochs=epochs,
            batch_size=batch_size,
            validation_fraction=validation_fraction,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
            warm_start=warm_start,
        )

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @contract_state
    def fit(self, X: object, y: object, sample_weight: object = None) -> CNNRegressor:  # noqa: N803
        """Train the network.

        Parameters
        ----------
        X : array, shape (samples, …)
        y : array, shape (samples,) or (samples, targets)
        sample_weight : array, shape (samples,), optional
            By sample, a factor of its loss, at least 0.

        Raises
        ------
        TypeError, ValueError
            If a parameter or the data do not fit.
        """
        x, given = self._flat(X)
        x, y = validate_data(self, x, y, dtype="numeric", y_numeric=True, multi_output=True)
        loss = copy.deepcopy(losses.get(self.loss))
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, x, dtype=np.float32, ensure_non_negative=True)
        shape = self._shape_of_sample(x.shape[1], given)
        self._single = y.ndim == 1
        y = y.reshape(len(y), -1)
        self._train(x, y, weights, shape, y.shape[1], loss, None)
        return self

    @contract_state
    def predict(self, X: object) -> np.ndarray:  # noqa: N803
        """Return the targets of each sample, (samples,) or (samples, targets) as those of ``fit`` were.

        They are float64, as scikit-learn expects, but hold the network's float32 values.
        """
        outputs = self._outputs(X).astype(np.float64)
        return outputs[:, 0] if self._single else outputs


def _is_deep(x: object) -> bool:
    """Return whether lists are nested deeper than rows of features are."""
    for _ in range(2):
        if not isinstance(x, (list, tuple)) or not x:
            return False
        x = x[0]
    return isinstance(x, (list, tuple, np.ndarray)) and np.ndim(x) > 0
