"""scikit-learn's own checks of estimators.

This folder is not called sklearn, as that of nativecnn is: it would be found where scikit-learn is not installed.
"""

import pytest

pytest.importorskip("sklearn", minversion="1.6")
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402 - where it is installed

from nativecnn.sklearn import CNNClassifier, CNNRegressor  # noqa: E402

# Weights of 0, 1, 2, … are to give what leaving out and repeating samples does, to 1e-7. With repetitions there are
# other batches in another order, and sums of other float32 numbers even where a batch has all samples.
WEIGHTS_ARE_NO_REPETITIONS = {
    "check_sample_weight_equivalence_on_dense_data": "repeated samples make other batches and other float32 sums",
}


@parametrize_with_checks(
    [CNNClassifier(), CNNRegressor()], expected_failed_checks=lambda estimator: WEIGHTS_ARE_NO_REPETITIONS
)
def test_scikit_learn_s_checks(estimator, check):
    check(estimator)
