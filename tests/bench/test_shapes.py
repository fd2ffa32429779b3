import pytest

from shapes import SHAPES, ConvolutionShape, DenseShape, find_shapes, read_shapes, selector

FILES = sorted(SHAPES.glob("*.txt"))


def billions(name):
    return sum(layer.count * layer.multiply_adds for layer in read_shapes(find_shapes(name))) / 1e9


def read(tmp_path, text):
    path = tmp_path / "layers.txt"
    path.write_text(text, encoding="utf-8")
    return read_shapes(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_has_distinct_layers(path):
    layers = read_shapes(path)
    assert layers
    assert len({layer.name for layer in layers}) == len(layers)
    assert len({layer.text for layer in layers}) == len(layers)


# The papers' and the usual counters' figures.
@pytest.mark.parametrize(
    "name, expected, convolutions",
    [
        ("alexnet", 0.666, 5),
        ("vgg16", 15.35, 13),
        ("googlenet", 1.58, 57),
        ("resnet18", 1.81, 20),
        ("resnet50", 4.09, 53),
        ("mobilenetv2", 0.300, 52),
        ("lenet5", 0.000358, 2),
    ],
)
def test_networks_have_their_multiply_adds_and_layers(name, expected, convolutions):
    assert billions(name) == pytest.approx(expected, rel=0.01)
    assert sum(layer.count for layer in read_shapes(find_shapes(name))) == convolutions


def test_convnet_benchmarks_are_the_five_layers():
    rows = [
        (s.samples, s.channels, s.filters, s.rows, s.kernel) for s in read_shapes(find_shapes("convnet_benchmarks"))
    ]
    assert rows == [
        (128, 3, 96, 128, 11),
        (128, 64, 128, 64, 9),
        (128, 128, 128, 32, 9),
        (128, 128, 128, 16, 7),
        (128, 384, 384, 13, 3),
    ]


def test_dense_layers_of_vgg16():
    assert [layer.inputs for layer in read_shapes(find_shapes("vgg16_dense"))] == [25088, 4096, 4096] * 2
    assert billions("vgg16_dense") == pytest.approx(33 * 0.12363, rel=1e-3)


def test_a_line_is_read(tmp_path):
    text = "# head\n\na 2 9 8 4 6 3 1 same 2 5  # five of them\nb 1 9 9 4 6 3 2 1 1\nc 32 10 20\n"
    assert read(tmp_path, text) == [
        ConvolutionShape("a", 2, 9, 8, 4, 6, 3, 1, 1, 2, 5),
        ConvolutionShape("b", 1, 9, 9, 4, 6, 3, 2, 1, 1, 1),
        DenseShape("c", 32, 10, 20, 1),
    ]


def test_multiply_adds_of_a_strided_group(tmp_path):
    (layer,) = read(tmp_path, "a 2 9 8 4 6 3 2 1 2")
    assert layer.network().output_shapes == [(5, 4, 6)]
    assert layer.multiply_adds == 2 * 5 * 4 * 6 * 9 * 2


@pytest.mark.parametrize(
    "line, message",
    [
        ("a 1 2 3", None),
        ("a 1 2", "expected 10 or 11 fields"),
        ("a 1 9 9 4 6 3 1 full 1", "expected a padding"),
        ("a 1 9 9 4 6 3 2 same 1", 'expected "same" with stride 1'),
        ("a 1 9 9 4 6 3 1 same 3", "divisible by 3 groups"),
        ("a 1 2 9 4 6 3 1 valid 1", "expected an image at least as large"),
        ("a 1 0 9 4 6 3 1 valid 1", "expected positive numbers"),
        ("a 1 x 9 4 6 3 1 valid 1", "invalid literal"),
    ],
)
def test_a_line_that_is_no_layer_is_refused(tmp_path, line, message):
    if message is None:
        assert read(tmp_path, line)
        return
    with pytest.raises(ValueError, match=message) as error:
        read(tmp_path, "# first line\n" + line)
    assert "layers.txt, line 2" in str(error.value)


def test_an_unknown_file_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"vgg16.*got 'vgg17'"):
        find_shapes("vgg17")


@pytest.mark.parametrize(
    "terms, files, count",
    [
        ([], ["alexnet"], 5),
        (["3x3s1"], ["vgg16", "resnet50"], 9 + 4),
        (["3x3"], ["resnet50"], 7),
        (["1x1"], ["resnet50"], 15),
        (["depthwise"], ["mobilenetv2"], 10),
        (["grouped"], ["alexnet"], 3),
        (["dense"], ["vgg16_dense", "vgg16"], 6),
        (["conv1", "conv2"], ["lenet5"], 2),
    ],
)
def test_selections(terms, files, count):
    layers = [layer for name in files for layer in read_shapes(find_shapes(name))]
    assert len(list(filter(selector(terms), layers))) == count


def test_a_kernel_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="square kernel"):
        selector(["3x5"])
