"""The keyword arguments of a function that builds a network are parameters of the estimator."""

import functools
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")
from sklearn.base import BaseEstimator, clone  # noqa: E402 - where it is installed
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import MinMaxScaler  # noqa: E402

import nativecnn  # noqa: E402
from nativecnn import layers  # noqa: E402
from nativecnn.sklearn import CNNClassifier, CNNRegressor  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = (X[:200] / 16).astype(np.float32), Y[:200]


def dense(input_shape, n_outputs, neurons=16, *, activation="relu"):
    hidden = layers.Dense(neurons, activation=activation, input_shape=input_shape)
    return nativecnn.Sequential([hidden, layers.Dense(n_outputs, activation="softmax")])


class Dense(BaseEstimator):
    """The same as an object that has parameters of its own."""

    def __init__(self, neurons=16):
        self.neurons = neurons

    def __call__(self, input_shape, n_outputs):
        return dense(input_shape, n_outputs, self.neurons)


def of_model(estimator):
    return {name: value for name, value in estimator.get_params().items() if name.startswith("model__")}


def neurons(estimator):
    return estimator.fit(X, Y).model_.layers[0].units


@pytest.mark.parametrize("estimator", [CNNClassifier, CNNRegressor])
def test_keyword_arguments_are_parameters_with_their_defaults(estimator):
    assert of_model(estimator(dense)) == {"model__neurons": 16, "model__activation": "relu"}
    assert "model__neurons" not in estimator(dense).get_params(deep=False)
    for model in (None, "net", lambda input_shape, n_outputs: None, lambda *shapes, **settings: None):
        assert of_model(estimator(model)) == {}


def test_a_parameter_that_is_set_goes_to_the_function():
    estimator = CNNClassifier(dense, epochs=1)
    assert neurons(estimator) == 16
    assert estimator.set_params(model__neurons=3, epochs=2) is estimator
    assert of_model(estimator) == {"model__neurons": 3, "model__activation": "relu"} and estimator.epochs == 2
    estimator.set_params(model__activation="tanh")
    assert of_model(estimator) == {"model__neurons": 3, "model__activation": "tanh"}
    assert neurons(estimator) == 3
    assert estimator.set_params(model=dense, model__neurons=4).get_params()["model__activation"] == "relu"
    assert neurons(estimator) == 4


def test_partial_functions_say_it_in_the_constructor():
    estimator = CNNClassifier(functools.partial(dense, neurons=5), epochs=1)
    assert of_model(estimator) == {"model__neurons": 5, "model__activation": "relu"}
    assert neurons(estimator) == 5


def test_clones_and_pickles_keep_what_was_set_and_have_their_own():
    estimator = CNNClassifier(dense, epochs=1).set_params(model__neurons=6)
    for copy in (clone(estimator), pickle.loads(pickle.dumps(estimator))):
        assert of_model(copy) == of_model(estimator)
        copy.set_params(model__neurons=7)
        assert neurons(copy) == 7 and neurons(estimator) == 6


@pytest.mark.parametrize("model", [dense, Dense()], ids=["function", "object"])
def test_architectures_are_searched_also_within_a_pipeline(model):
    pipeline = make_pipeline(MinMaxScaler(), CNNClassifier(model, epochs=10, learning_rate=0.01))
    search = GridSearchCV(pipeline, {"cnnclassifier__model__neurons": [1, 32]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"cnnclassifier__model__neurons": 32}
    assert search.best_estimator_[-1].model_.layers[0].units == 32
    assert search.cv_results_["mean_test_score"][1] > 2 * search.cv_results_["mean_test_score"][0]


def test_a_required_argument_can_be_set_though_it_has_no_default():
    estimator = CNNClassifier(lambda input_shape, n_outputs, *, units: dense(input_shape, n_outputs, units), epochs=1)
    assert of_model(estimator) == {}
    assert neurons(estimator.set_params(model__units=8)) == 8


@pytest.mark.parametrize("model", [None, dense, Dense()], ids=["default", "function", "object"])
def test_names_that_the_function_does_not_take_are_refused(model):
    with pytest.raises(ValueError, match="filters"):
        CNNClassifier(model).set_params(model__filters=3)
    with pytest.raises(ValueError, match="Invalid parameter 'neurons'"):
        CNNClassifier(model).set_params(neurons=3)


def test_the_error_names_what_there_is():
    message = r"model__filters: expected a keyword argument .* one of \['neurons', 'activation'\], got 'filters'"
    with pytest.raises(ValueError, match=message):
        CNNClassifier(dense).set_params(model__filters=3)
    with pytest.raises(ValueError, match="input_shape"):
        CNNClassifier(dense).set_params(model__input_shape=(64,))
