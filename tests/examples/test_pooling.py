import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("pooling")


def test_maps_change_the_less_the_more_often_they_are_pooled(figures):
    names = ["not pooled", "pooled once", "pooled twice", "pooled three times", "over the whole picture"]
    assert list(figures["change"]) == names
    for shift in range(1, 7):
        changes = [figures["change"][name][shift] for name in names]
        assert changes == sorted(changes, reverse=True) and len(set(changes)) == len(names), shift


def test_a_small_move_changes_twice_pooled_maps_half_as_much(figures):
    assert figures["change"]["not pooled"][1] > 0.8
    assert figures["change"]["pooled twice"][1] < 0.5
    assert max(figures["change"]["over the whole picture"]) < 0.02


def test_the_maximum_of_the_whole_picture_reads_digits_wherever_they_are(figures):
    accuracy = figures["accuracy"]
    assert accuracy["no pooling"][0] > 0.85
    for name, values in accuracy.items():
        if name == "max twice, then whole picture":
            assert min(values) > 0.65 and max(values) - min(values) < 0.12
        else:
            assert values[6] < 0.3 < values[0] - 0.5  # windows that stay where they are do not make up for six pixels
