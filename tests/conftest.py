"""What all tests share."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

# A shared machine may take its time: how long an example takes is no property of ours.
settings.register_profile("epochreel", deadline=None)
settings.load_profile("epochreel")

APT, PIP = "sudo apt install", ".venv/bin/pip install"
# What a reason for skipping a test may name, and what brings it.
BRINGS = {
    "Xvfb": (APT, "xvfb"),
    "xdotool": (APT, "xdotool"),
    "Chromium": (APT, "chromium"),
    "playwright": (PIP, "playwright"),
    "torch": (PIP, "torch"),
    "jax": (PIP, "jax"),
}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says in one line which tests were not tried for want of a tool, and the command that brings it."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    line = not_tried(reasons)
    if line:
        terminalreporter.write_line(line, yellow=True)


def not_tried(reasons: list[str]) -> str:
    """`not tried: 9 tests that need Xvfb, xdotool. To try them: sudo apt install xvfb xdotool`; "" if all were.

    Args:
        reasons: of the skipped tests.
    """
    lacking = [reason for reason in reasons if any(tool in reason for tool in BRINGS)]
    tools = [tool for tool in BRINGS if any(tool in reason for reason in lacking)]
    if not tools:
        return ""
    commands = []
    for command in (APT, PIP):
        brought = [package for way, package in map(BRINGS.__getitem__, tools) if way == command]
        commands += [f"{command} {' '.join(brought)}"] if brought else []
    tests = f"{len(lacking)} test{'s' * (len(lacking) != 1)}"
    return f"not tried: {tests} that need {', '.join(tools)}. To try them: {' && '.join(commands)}"
