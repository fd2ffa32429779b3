import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("local_response_normalization")


def test_a_strong_channel_damps_two_on_either_side(figures):
    before, after = figures["peaks"]["before"], figures["peaks"]["normalised"]
    assert before == [100, 100, 100, 100, 400, 100, 100, 100, 100]
    beside, farther = 100 / (2 + 1e-4 * (4 * 100**2 + 400**2)) ** 0.75, 100 / (2 + 1e-4 * 4 * 100**2) ** 0.75
    assert after[2:4] + after[5:7] == pytest.approx([beside] * 4, rel=1e-5)
    assert [after[1], after[7]] == pytest.approx([farther] * 2, rel=1e-5)
    assert farther > 2.5 * beside
    assert after[4] == max(after) < 2 * after[0]  # it was four times as large as the others


def test_the_stronger_the_neighbour_the_smaller_the_response(figures):
    alone, beside_200, beside_400 = (figures["curves"][neighbour][1:] for neighbour in (0, 200, 400))
    assert all(a > b > c > 0 for a, b, c in zip(alone, beside_200, beside_400, strict=True))
