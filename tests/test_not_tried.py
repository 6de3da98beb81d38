"""What was not tried on a machine that lacks something is said at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SURFACES = HERE / "viewer" / "surfaces"
WINDOWS_AND_PAGES = [str(SURFACES / "test_window.py"), str(SURFACES / "web" / "test_page.py")]


@pytest.mark.campaign
def test_the_last_line_names_the_tools_and_the_command() -> None:
    """Without a PATH no screen and no browser is found: one line says how many tests that were, and what to do."""
    command = [sys.executable, "-m", "pytest", "-n", "0", *WINDOWS_AND_PAGES, "-k", "size or page"]
    found = subprocess.run(command, env=os.environ | {"PATH": ""}, capture_output=True, text=True, check=False)
    (line,) = re.findall(r"^not tried: .*$", found.stdout, re.MULTILINE)
    assert re.fullmatch(
        r"not tried: \d+ tests that need Xvfb, xdotool, Chromium\. "
        r"To try them: sudo apt install xvfb xdotool chromium",
        line,
    )
