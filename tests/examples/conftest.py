import importlib
import warnings

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the lessons draw (extra: plots)")
pytest.importorskip("sklearn", reason="lessons use its data and searches (extra: examples)")
image = pytest.importorskip("PIL.Image", reason="pictures are read by Pillow (extra: examples)")

_MOST_BYTES = 400_000


def pytest_collection_modifyitems(items):
    for item in items:
        if "examples" in item.path.parts:
            item.add_marker("examples")


@pytest.fixture(scope="session")
def run_example(tmp_path_factory):
    """Return a function that runs a lesson in its reduced form, looks after its pictures, and returns its figures."""

    def run(name, *arguments):
        from lesson import NoData

        out = tmp_path_factory.mktemp(name)
        lesson = importlib.import_module(name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a letter that the font lacks, a layout that does not fit
            try:
                figures = lesson.main(["--quick", "--out", str(out), "--seed", "0", *arguments])
            except NoData as reason:
                pytest.skip(str(reason))
        check_pictures(out, name)
        return figures

    return run


def check_pictures(folder, name):
    """Hold the pictures to what can be seen without eyes: there, small, not empty, named for the lesson."""
    paths = sorted(folder.iterdir())
    assert paths
    for path in paths:
        assert path.name.startswith(name) and path.suffix == ".png", path
        with image.open(path) as picture:
            pixels = np.asarray(picture.convert("L"))
        assert pixels.std() > 5 and len(np.unique(pixels)) > 8, f"{path}: hardly anything in it"
        assert path.stat().st_size < _MOST_BYTES and max(pixels.shape) <= 1700, f"{path}: {pixels.shape}"
