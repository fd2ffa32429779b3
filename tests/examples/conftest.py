import importlib
import warnings
from pathlib import Path

import pytest

from support.pictures import check_file, check_texts, recorded_texts

pytest.importorskip("matplotlib", reason="the lessons draw (extra: examples)")
pytest.importorskip("sklearn", reason="lessons use its data and searches (extra: examples)")

GALLERY = Path(__file__).parents[2] / "docs" / "lecture"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("examples")


@pytest.fixture(scope="session")
def run_example(tmp_path_factory):
    """Return a function that runs a lesson (reduced or in full), looks after its pictures, and returns its figures."""

    def run(name, quick=True):
        import lesson

        out = tmp_path_factory.mktemp(name)
        save = lesson.Lesson.save

        def checked_save(self, figure, picture):
            with recorded_texts() as texts:
                save(self, figure, picture)
            check_texts(texts, picture)

        module = importlib.import_module(name)
        with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
            warnings.simplefilter("error", RuntimeWarning)
            for message in ("Glyph", ".*layout"):  # a letter that the font lacks, a layout that does not fit
                warnings.filterwarnings("error", message, UserWarning)
            patch.setattr(lesson.Lesson, "save", checked_save)
            try:
                figures = module.main(["--out", str(out), "--seed", "0", *(["--quick"] if quick else [])])
            except lesson.NoData as reason:
                pytest.skip(str(reason))
        paths = sorted(out.iterdir())
        assert [path.name for path in paths] == sorted(path.name for path in GALLERY.glob(f"{name}*.png"))
        for path in paths:
            check_file(path)
        return figures

    return run
