"""What the lesson claims of a network that reads digits."""

import pytest


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("what_layers_see")


def test_the_network_reads_digits(figures):
    assert figures["accuracy"] >= 0.95


def test_views_lie_within_what_the_unit_sees(figures):
    for layer in ("conv1", "conv2", "conv3"):
        assert figures["units"][layer]["inside"] == pytest.approx(1, abs=1e-6)


def test_views_resemble_the_patches_they_were_made_from(figures):
    for layer in ("conv1", "conv2", "conv3"):
        assert figures["units"][layer]["own"] >= 0.4


def test_above_poolings_views_resemble_their_own_patch_more_than_others(figures):
    # The switches are those of each image; below the first pooling there are none, and the view is the kernel.
    assert figures["units"]["conv3"]["own"] >= figures["units"]["conv3"]["other"] + 0.05
    assert figures["units"]["conv1"]["own"] == pytest.approx(figures["units"]["conv1"]["other"], abs=0.05)


def test_the_most_salient_pixels_lie_on_or_beside_a_stroke(figures):
    near = figures["near strokes"]
    assert near["all"] < 0.5 and near["salient"] >= 0.8


def test_ink_where_the_network_looks_matters_more_than_elsewhere(figures):
    probability = figures["probability"]
    elsewhere = min(probability["pixels by chance"], probability["regions by chance"])
    for method in ("gradient", "occlusion", "class activation"):
        assert probability[method] <= elsewhere - 0.02
    assert probability["nothing"] >= 0.9
