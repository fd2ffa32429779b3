"""What lessons claim of their full runs."""

import pytest

from support.lessons import LESSONS

pytestmark = pytest.mark.long


def test_x_or_o(run_example):
    figures = run_example("x_or_o", quick=False)
    for strength in (1, 2):
        assert min(shares["ConvNet"] for shares in figures[f"accuracy_{strength}"].values()) >= 0.97


def test_from_logistic_regression_to_a_convnet(run_example):
    one, two, convnet = run_example("logistic_regression_to_convnet", quick=False)["accuracy"].values()
    assert one >= 0.92 and two >= 0.98 and convnet >= 0.99


def test_spoken_digits(run_example):
    figures = run_example("spoken_digits", quick=False)
    assert figures["recordings"] == 300 and figures["accuracy"] >= 0.95


def test_film_reviews(run_example):
    figures = run_example("film_reviews", quick=False)
    assert figures["held out"] == 1066 and figures["accuracy"] >= 0.74


WITH_FIGURES = {"x_or_o", "logistic_regression_to_convnet", "spoken_digits", "film_reviews"}


@pytest.mark.parametrize("lesson", sorted(set(LESSONS) - WITH_FIGURES))
def test_pictures_of_the_others(run_example, lesson):
    assert run_example(lesson, quick=False)
