"""The lessons of examples/."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "lesson")
