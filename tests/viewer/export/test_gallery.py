"""The gallery of samples as a page: in a real browser, offline, at every size, with hostile names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke
from tests.conftest import later
from viewer.export.gallery import gallery
from viewer.gallery.cards import Gallery
from viewer.gallery.show_file import ShowFile
from viewer.run.sample_history import samples_so_far
from viewer.run.sample_pairs import paired

HOSTILE = "<img src=x onerror=\"document.title='broken'\">"
CLASSES = ["cat", HOSTILE, "'\"&</script>\u202eowl"]
SHOW = f"""
import numpy as np
def show(sample):
    noise = np.random.default_rng(sample).integers(0, 255, (9, 7, 3), np.uint8)
    answers = [noise, {HOSTILE!r} * 40, {{"name": {HOSTILE!r}, "age": 3}}, None, 3.5, noise.repeat(200, 0)]
    return answers[sample % len(answers)]
"""
SIZES = [(360, 640), (768, 1024), (1366, 650), (3840, 2160)]
VISIBLE = "[...document.querySelectorAll('li')].filter((li) => !li.hidden)"
NAMES = f"{VISIBLE}.map((li) => li.querySelector('h2').textContent)"
CUT = f"""() => {VISIBLE}.flatMap((li) => {{
  const outer = li.getBoundingClientRect();
  const inside = [...li.querySelectorAll("h2, p, svg, .look, img")].filter((e) => !e.closest("dl"));
  return inside.filter((e) => {{
    const box = e.getBoundingClientRect();
    return box.left < outer.left - 1 || box.right > outer.right + 1 || box.bottom > outer.bottom + 1;
  }}).map((e) => e.outerHTML.slice(0, 80));
}})"""


def record(root: Path, seed: int) -> viewer.Run:
    rng, truth = np.random.default_rng(seed), np.random.default_rng(0).integers(0, 3, 120)
    with RunWriter(root, name=HOSTILE, class_names=CLASSES) as writer:
        for epoch in range(6):
            odds = np.exp(rng.normal(size=(120, 3)) + 0.3 * epoch * (truth[:, None] == np.arange(3)))
            writer.epoch(epoch, val=(truth, (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)))
    return viewer.open_run(writer.folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[viewer.Run, viewer.Run]:
    root = tmp_path_factory.mktemp("runs")
    return record(root, 1), record(root, 2)


@pytest.fixture(scope="module")
def found(runs: tuple[viewer.Run, viewer.Run]) -> Gallery:
    a, b = (samples_so_far(run, "val") for run in runs)
    return Gallery(found=a, pair=paired(a, b))


@pytest.fixture(scope="module")
def written(found: Gallery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    (folder / "show.py").write_text(SHOW)
    show = ShowFile(folder / "show.py")
    with pytest.warns(RuntimeWarning, match=r"nothing is shown of 13 of 65 samples: show\.py: ValueError"):
        gallery(found, folder / "samples.html", show=show, most=20)
    show.close()
    return folder / "samples.html"


def expected(found: Gallery, which: str, label: int | None = None) -> list[str]:
    shown = found.places(which)[:20].tolist()
    truth = found.found.tracks.y_true
    return [f"#{found.found.tracks.sample[place]}" for place in shown if label is None or truth[place] == label]


@pytest.mark.campaign
def test_lists_and_classes_are_chosen_and_stand_in_the_address(written: Path, found: Gallery, browser: Any) -> None:
    """Each list by keyboard in its own order, a class of it, after a reload too; nothing is fetched, no name runs."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{written}")
    assert page.evaluate(NAMES) == expected(found, "hardest")
    page.locator("input[value=hardest]").focus()
    for which in found.lists[1:]:
        page.keyboard.press("ArrowRight")
        assert page.evaluate(NAMES) == expected(found, which)
        assert "shown: " in page.text_content("#said")
    page.locator("input[value=flipped]").check()
    page.select_option("[name=class]", "cat")
    assert page.evaluate(NAMES) == expected(found, "flipped", 0)
    page.select_option("[name=theme]", "dark")
    page.goto(page.url)
    page.reload()
    assert page.evaluate(NAMES) == expected(found, "flipped", 0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 29)"
    assert page.title().startswith("<img src=x")
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


def test_cards_say_truth_prediction_and_score_of_both_runs(written: Path, found: Gallery, browser: Any) -> None:
    """As the recorded rows have them; what the user's function gave, or its fault, stands on the card itself."""
    page = browser.new_page()
    page.goto(f"file://{written}#list=only-b")
    for run, letter in ((found.found.run, "A"), (found.pair.b.run, "B")):  # type: ignore[union-attr]
        table = run.samples(epoch=5)
        for name in page.evaluate(NAMES):
            rows = table[table["sample"] == int(name[1:])]
            scores, truth = rows["y_score"].to_numpy(), rows["y_true"].iloc[0]
            card = page.locator("li:visible", has=page.locator(f"h2:text-is('{name}')"))
            words = card.locator(f"p:has-text('{letter}: ')").first.text_content()
            assert words.endswith(f"score {scores[truth]:.3f}")
            assert ("✓" in words) == (letter == "B")
    faults = page.locator(".look .wrong").all_text_contents()
    assert faults
    assert all(fault.startswith("show.py: ValueError: show(sample) must return an image array") for fault in faults)
    page.close()


@pytest.mark.campaign
@pytest.mark.parametrize("scheme", ["light", *later("dark")])
def test_axe_finds_no_fault(written: Path, browser: Any, scheme: str) -> None:
    """Names, contrasts and landmarks are as WCAG asks, in both themes."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"file://{written}")
    found = axe.Axe().run(page).response["violations"]
    page.close()
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


@pytest.mark.parametrize("size", [SIZES[0], *later(*SIZES[1:])], ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_cut_at_any_size(written: Path, browser: Any, size: tuple[int, int]) -> None:
    """No page wider than the screen, nothing leaves its card, controls are large enough for a thumb."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, has_touch=True, is_mobile=True)
    page.goto(f"file://{written}")
    for which in ("hardest", "only-a"):
        page.locator(f"input[value={which}]").check()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate(CUT) == []
    assert page.evaluate("[...document.querySelectorAll('fieldset label')].every((e) => e.offsetHeight >= 40)")
    page.close()


def test_the_command_writes_it(runs: tuple[viewer.Run, viewer.Run], tmp_path: Path) -> None:
    """With and without a second run and a file; a file that is not there is said before anything is written."""
    run, other = (str(run.folder) for run in runs)
    to, show = tmp_path / "mine-samples.html", tmp_path / "show.py"
    show.write_text("def show(sample):\n    return f'this is {sample}'")

    def export(*words: str) -> Any:
        return invoke(["export", run, "--to", str(to), *words], catch_exceptions=False)

    assert "--samples FILE.py" in (export().output and to.read_text())
    result = export("--against", other, "--samples", str(show), "--limit", "3", "--epoch", "2")
    assert "samples of val, epoch 2" in result.stderr
    text = to.read_text()
    hardest = samples_so_far(runs[0], "val", epoch=2).listed("hardest")[0]
    assert f"this is {hardest}" in text
    assert "only B right" in text
    export("--theme", "dark")
    assert '<html lang="en" data-theme="dark">' in to.read_text()
    with pytest.raises(ValueError, match=r"^--against and --limit are for a gallery, .* Received: my-samples\.png$"):
        invoke(["export", run, "--to", str(tmp_path / "my-samples.png"), "--limit", "3"], catch_exceptions=False)
    invoke(["export", run, "--to", str(tmp_path / "my-samples.png")], catch_exceptions=False)
    assert (tmp_path / "my-samples.png").read_bytes().startswith(b"\x89PNG")
    to.unlink()
    with pytest.raises(ValueError, match=r"^the file of --samples must exist\. Received: gone\.py$"):
        export("--samples", "gone.py")
    assert not to.exists()
