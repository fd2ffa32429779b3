import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("learning")


def test_the_lectures_figures_of_brute_force(figures):
    lecture = figures["combinations"]
    assert lecture["weights"] == 25 and lecture["combinations"] == 10**75
    assert lecture["seconds"] == pytest.approx(1.08e58, rel=0.005)
    assert lecture["years"] == pytest.approx(3.41e50, rel=0.005)


def test_descent_gets_as_low_as_trying_everything(figures):
    tried, descent = figures["tried"], figures["descent"]
    assert descent["one weight"] == pytest.approx(tried["one weight"], rel=0.001)
    for way in ("batch", "mini-batches of 4", "stochastic"):
        assert tried["two weights"] * 0.99 < descent[way] < tried["two weights"] * 1.2, way


def test_stochastic_descent_takes_a_step_for_each_student_and_batch_descent_one_for_all(figures):
    assert figures["steps"] == {"one weight": 20, "batch": 20, "mini-batches of 4": 40, "stochastic": 160}
