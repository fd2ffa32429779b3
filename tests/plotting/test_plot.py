"""Pictures of models."""

from xml.etree import ElementTree

import pytest

from nativecnn import Input, Model, Sequential, layers, plot_model
from nativecnn.plotting.drawing import Box, drawing_of

_SVG = "{http://www.w3.org/2000/svg}"


def residual():
    x = Input((6, 6, 2), name="image")
    y = layers.Conv2D(2, 3, padding="same", name="a<b")(x)
    y = layers.Conv2D(2, 3, padding="same", name="second")(y)
    y = layers.Add(name="sum")([y, x])
    part = Sequential([layers.Flatten(), layers.Dense(3)], name="part")
    return Model(x, part(y))


def texts(path):
    return [text.text for text in ElementTree.parse(path).iter(f"{_SVG}text")]


def test_svg_shows_every_layer_with_its_shape(tmp_path):
    plot_model(residual(), tmp_path / "m.svg", show_parameters=True)
    assert texts(tmp_path / "m.svg") == [
        *("image", "Input", "(6, 6, 2)"),
        *("a<b", "Conv2D", "(6, 6, 2)", "38 parameters"),
        *("second", "Conv2D", "(6, 6, 2)", "38 parameters"),
        *("sum", "Add", "(6, 6, 2)"),
        *("part", "Sequential", "(3,)", "219 parameters"),
    ]
    lines = list(ElementTree.parse(tmp_path / "m.svg").iter(f"{_SVG}polyline"))
    assert len(lines) == 5


def test_models_within_are_drawn_with_their_layers(tmp_path):
    plot_model(residual(), tmp_path / "m.svg", show_shapes=False, expand_nested=True)
    assert texts(tmp_path / "m.svg")[-4:] == ["part/flatten", "Flatten", "part/dense", "Dense"]


def test_dot_has_nodes_and_edges(tmp_path):
    plot_model(residual(), tmp_path / "m.dot", show_shapes=False)
    text = (tmp_path / "m.dot").read_text()
    assert '1 [label="a<b\\nConv2D"' in text and "  0 -> 3;" in text and text.count("->") == 5


def test_png_has_the_size_of_the_drawing(tmp_path):
    pytest.importorskip("matplotlib", reason="PNG is drawn by matplotlib (extra plots)")
    plot_model(residual(), tmp_path / "m.svg")
    plot_model(residual(), tmp_path / "m.png", dpi=50)
    data = (tmp_path / "m.png").read_bytes()
    root = ElementTree.parse(tmp_path / "m.svg").getroot()
    assert data[:4] == b"\x89PNG"
    for place, side in ((16, "width"), (20, "height")):
        assert abs(int.from_bytes(data[place : place + 4], "big") - int(root.get(side)) / 2) <= 1


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg, \.png or \.dot, got 'm\.jpg'"):
        plot_model(residual(), tmp_path / "m.jpg")


def boxes_and_edges(widths, edges):
    drawing = drawing_of([Box(["x" * width], "#ffffff") for width in widths], edges)
    rectangles = [
        (x - box.width / 2, y - box.height / 2, x + box.width / 2, y + box.height / 2) for box, x, y in drawing.boxes
    ]
    return drawing, rectangles


GRAPHS = {
    "chain": ([5] * 6, [(n, n + 1) for n in range(5)]),
    "skips": ([9] * 7, [(n, n + 1) for n in range(6)] + [(0, 3), (3, 6), (0, 6)]),
    "fan": ([3, 20, 9, 30, 4, 8], [(0, n) for n in range(1, 5)] + [(n, 5) for n in range(1, 5)]),
    "crossing": ([6] * 8, [(0, 5), (1, 4), (2, 7), (3, 6), (0, 7), (4, 6), (5, 7)]),
    "dense": ([4] * 7, [(a, b) for a in range(7) for b in range(a + 1, 7)]),
    "one": ([3], []),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_lies_over_a_box(name):
    widths, edges = GRAPHS[name]
    drawing, rectangles = boxes_and_edges(widths, edges)
    for number, (left, top, right, bottom) in enumerate(rectangles):
        assert 0 < left and right < drawing.width and 0 < top and bottom < drawing.height
        for other_left, other_top, other_right, other_bottom in rectangles[:number]:
            assert right < other_left or other_right < left or bottom < other_top or other_bottom < top
    for points in drawing.lines:
        for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
            for t in (0.05, 0.25, 0.5, 0.75, 0.95):
                x, y = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
                assert not any(left < x < right and top < y < bottom for left, top, right, bottom in rectangles)


def test_lines_end_at_their_boxes():
    drawing, rectangles = boxes_and_edges(*GRAPHS["skips"])
    for (start, end), points in zip(GRAPHS["skips"][1], drawing.lines, strict=True):
        assert points[0][1] == pytest.approx(rectangles[start][3]) and points[-1][1] == pytest.approx(
            rectangles[end][1]
        )
        assert rectangles[start][0] < points[0][0] < rectangles[start][2]


def test_a_chain_is_straight_and_a_skip_goes_beside_it():
    drawing, rectangles = boxes_and_edges([5] * 5, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 3)])
    middles = [x for _, x, _ in drawing.boxes]
    assert middles[0] == pytest.approx(middles[3]) == pytest.approx(middles[4])
    beside = drawing.lines[4][1][0]
    assert not rectangles[1][0] < beside < rectangles[1][2]
