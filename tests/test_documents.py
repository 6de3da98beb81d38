"""The documents point at what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "recorder/runfile/FORMAT.md", "examples/gallery/README.md"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_to_a_file(name: str) -> None:
    """A file that is renamed takes its links along."""
    document = ROOT / name
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_in_a_document_is_there(name: str) -> None:
    """`viewer/kinds.py`, `tests/golden/`, ...: as far as they are paths of this repository."""
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:viewer|recorder|tests|examples)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_example_and_make_target_of_the_readme_is_there() -> None:
    """What the README tells a newcomer to run."""
    text = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z-]+)\b", text)) - {"sure"}
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
    examples = re.findall(r"`(\w+\.(?:py|ipynb))`", text[text.index("## Examples") : text.index("## Developing")])
    assert [example for example in examples if not (ROOT / "examples" / example).exists()] == []
