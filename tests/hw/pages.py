"""Where the hardware's pages and drawings are."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "hw"
