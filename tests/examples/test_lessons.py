"""What holds for every lesson and for the page that shows them."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nativecnn import visualize
from support.lessons import FOLDER, LESSONS
from support.pictures import check_texts, recorded_texts

PAGE = FOLDER.parent / "docs" / "lecture.md"
MOST_LINES = 150
MOST_BYTES = 200_000  # of a picture in the repository


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_can_be_read_in_one_sitting(lesson):
    assert len((FOLDER / f"{lesson}.py").read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_as_a_program(lesson, tmp_path):
    command = [sys.executable, str(FOLDER / f"{lesson}.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "--out" in done.stdout and "--seed" in done.stdout and not done.stderr


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_a_test_of_its_claim(lesson):
    text = (Path(__file__).parent / f"test_{lesson}.py").read_text(encoding="utf-8")
    assert f'run_example("{lesson}"' in text and "assert " in text


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_page_shows_the_lesson_with_its_pictures(lesson):
    page = PAGE.read_text(encoding="utf-8")
    assert f"python examples/{lesson}.py" in page
    assert re.search(rf"!\[[^\]]+\]\(lecture/{lesson}\w*\.png\)", page)


def test_the_page_and_the_folder_have_the_same_pictures():
    shown = re.findall(r"\]\(lecture/(\w+\.png)\)", PAGE.read_text(encoding="utf-8"))
    there = {path.name: path.stat().st_size for path in PAGE.with_suffix("").iterdir()}
    assert sorted(shown) == sorted(there)
    assert max(there.values()) <= MOST_BYTES


def test_the_check_of_pictures_sees_texts_that_overlap_or_are_too_small(tmp_path):
    for titles, numbers, message in ((["long " * 9] * 2, None, "lies over"), (None, "{:.9f}", "points")):
        with recorded_texts() as texts:
            visualize.plot_images(np.ones((2, 5, 5)), titles, numbers=numbers).savefig(tmp_path / "picture.png")
        with pytest.raises(AssertionError, match=message):
            check_texts(texts, "picture")
