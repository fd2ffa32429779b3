"""Estimators for scikit-learn: networks in its pipelines, cross-validation and searches.

::

    estimators.py   CNNClassifier, CNNRegressor
    architecture.py what a function that builds a network takes, as parameters of an estimator
    networks.py     the networks they train where they are given none

Needs scikit-learn 1.6 or later (extra ``sklearn``). What an estimator gives depends on its parameters and the data
alone, on many processes too; ``random_state`` is its own, and the seed of the process is left as it is.
"""

from ..extras import import_extra

if not hasattr(import_extra("sklearn.utils.validation", "sklearn", "nativecnn.sklearn"), "validate_data"):
    version = import_extra("sklearn", "sklearn", "nativecnn.sklearn").__version__
    raise ImportError(
        f"nativecnn.sklearn expected scikit-learn 1.6 or later, got {version}: pip install nativecnn[sklearn]"
    )

from .estimators import CNNClassifier, CNNRegressor  # noqa: E402 - it needs scikit-learn

__all__ = ["CNNClassifier", "CNNRegressor"]
