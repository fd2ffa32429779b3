import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("sliding_a_filter")


def test_averages_take_away_noise_and_a_difference_adds_to_it(figures):
    remains = {name: measured for name, (measured, _) in figures["noise"].items()}
    assert remains["moving average of 9"] < remains["moving average of 3"] < 1 < remains["difference"]
    assert remains["difference of averages"] < 1


def test_the_noise_that_remains_is_that_of_theory(figures):
    for measured, theory in figures["noise"].values():
        assert measured == pytest.approx(theory, rel=0.05)


def test_every_output_is_the_sum_below_the_filter_and_their_number_is_the_formulas(figures):
    assert figures["windows"] is True
