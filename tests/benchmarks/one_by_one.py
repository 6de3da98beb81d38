"""Installs the extra `bench` requirement by requirement: where one cannot be had, the others are measured all the same.

python -m tests.benchmarks.one_by_one PYTHON
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path


def main() -> None:
    """Of one word: the interpreter of the environment."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    for requirement in project["project"]["optional-dependencies"]["bench"]:
        command = [sys.argv[1], "-m", "pip", "install", "--quiet", requirement]
        if subprocess.run(command, check=False).returncode:
            print(f"not installed: {requirement}", flush=True)


if __name__ == "__main__":
    main()
