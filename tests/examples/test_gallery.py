"""The gallery is drawn by one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from viewer.panels import PANELS

GALLERY = Path(__file__).parents[2] / "examples" / "gallery.py"


@pytest.mark.campaign
def test_every_panel_and_every_kind_of_dashboard_is_drawn(tmp_path: Path) -> None:
    """In both themes and at two sizes, and all together are small enough to keep."""
    subprocess.run([sys.executable, GALLERY, "--to", tmp_path], check=True, capture_output=True)
    panels = {path.stem.removeprefix("panel-").partition("-")[0] for path in tmp_path.glob("panel-*.png")}
    assert panels == set(PANELS)
    sizes = [Image.open(path).size for path in tmp_path.glob("dashboard-*.png")]
    assert sorted(sizes) == [(900, 600)] * 8 + [(1920, 1080)] * 8
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1_500_000


@pytest.mark.campaign
def test_a_contact_sheet_has_every_size_and_number_of_epochs(tmp_path: Path) -> None:
    """One command draws the dashboard at its edges, none of which fails."""
    script = GALLERY.with_name("contact_sheet.py")
    subprocess.run([sys.executable, script, "logs", "two-outputs", "--to", tmp_path], check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs.png", "two-outputs.png"]
