"""The process that writes files and compares runs, so that no tab waits for another one's film or test.

A process and not a thread: matplotlib's parameters, which panels of others are made with, are the whole process's.
"""

from __future__ import annotations

import math
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from recorder.runfile.names import shown_lines

from ...comparison import Comparison, compare
from ...comparison.picture import Reel
from ...comparison.report import comparison_report, write_tables
from ...comparison.sections import Section, as_json, sections, sentences
from ...config import Settings
from ...dashboard.formula_files import FormulaFiles
from ...drawing.theme import THEMES
from ...export.film import Cut, film
from ...export.gallery import gallery
from ...export.look import Look, drawn
from ...export.report import report
from ...export.still import write_still
from ...export.tables import metric_columns, write_frame
from ...export.whole import whole
from ...formulas import Spec, parse_spec
from ...frame import Framer, Knobs
from ...gallery.cards import gallery_of
from ...gallery.show_file import ShowFile
from ...points import one, parse_point
from ...run import Run
from .orders import Compared, ComparedFile, DashboardFile, Order, Reply, Shown, receive, send

DPI = 100  # pixels of the page to an inch
MOST_FRAMES = 600  # of a film; of a longer run every so many epochs
KEPT = 4  # comparisons that are kept, for pictures of another size


class Workshop:
    """Does one order after the other, and keeps what the next one may want."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, ...], FormulaFiles] = {}
        self._runs: dict[str, Run] = {}
        self._compared: OrderedDict[bytes, Comparison] = OrderedDict()

    def do(self, order: Order) -> tuple[Reply, bytes]:
        """What comes of an order, and the pixels of its picture."""
        try:
            match order:
                case DashboardFile():
                    self._write_dashboard(order)
                case ComparedFile():
                    _write_comparison(self._comparison(order), order)
                case Compared():
                    return _shown(self._comparison(order), order)
        except ModuleNotFoundError as error:
            return Reply(fault=f"{error.name} is not installed: pip install 'epochreel[all]'"), b""
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            return Reply(fault=str(error) or type(error).__name__), b""
        return Reply(), b""

    def _specs(self, order: Shown) -> tuple[Spec, ...]:
        if order.formulas and order.formulas not in self._files:
            self._files[order.formulas] = FormulaFiles(order.formulas, ())
        for files in self._files.values():
            files.refresh()
        return tuple(map(parse_spec, order.metrics))

    def _run(self, path: str) -> Run:
        if path not in self._runs:
            self._runs[path] = Run(path)
        self._runs[path].refresh()
        return self._runs[path]

    def _write_dashboard(self, order: DashboardFile) -> None:
        specs, runs, to = self._specs(order), [self._run(path) for path in order.runs], Path(order.to)
        knobs = Knobs(
            metrics=specs, output=order.output, split=order.split, threshold=order.threshold, label=order.label,
            band=order.band, prevalence=order.prevalence, best=order.best, sample=order.sample,
            show=None if order.samples is None else ShowFile(order.samples),
        )  # fmt: skip
        framer, look = Framer(runs[0], knobs, others=tuple(runs[1:])), _look(order, order.layout, log=order.log)
        if to.suffix == ".csv":
            write_frame(metric_columns(runs, _settings(order)), to)
        elif not len(framer):
            raise ValueError(f"a picture needs {one(runs[0].unit)}; the run has none yet. Received: {runs[0].name}")
        elif to.name == "samples.html":
            _write_gallery(framer, order)
        elif to.name == "report.html":
            report(framer, to, look=look)
        elif to.suffix in (".png", ".svg"):
            write_still(framer.frame(_position(framer, order.at)), to, look=look)
        else:
            step = math.ceil(len(framer) / MOST_FRAMES)
            film(framer, to, cut=Cut(positions=sorted({*range(0, len(framer), step), len(framer) - 1})), look=look)

    def _comparison(self, order: Compared) -> Comparison:
        shown = msgspec.structs.replace(order, size=(0, 0), ratio=1.0, theme="light")
        key = msgspec.json.encode({**msgspec.structs.asdict(shown), "to": ""})
        found = self._compared.get(key)
        if found is None:
            specs, runs = self._specs(order), [self._run(path) for path in order.runs]
            at = [_at(one) for one in (*order.at, *["last"] * len(runs))][: len(runs)]
            found = self._compared[key] = compare(
                runs,
                specs,
                at=at,
                split=order.split or "val",
                threshold=order.threshold,
                output=order.output,
                best=order.best,
                align=order.align or None,
                baseline=next((run for run in runs if str(run.folder) == order.baseline), None),
            )
            while len(self._compared) > KEPT:
                self._compared.popitem(last=False)
        return found


def _settings(order: Shown) -> Settings:
    return Settings(
        metrics=list(order.metrics), output=order.output, split=order.split, threshold=order.threshold,
        prevalence=getattr(order, "prevalence", None),
    )  # fmt: skip


def _write_gallery(framer: Framer, order: DashboardFile) -> None:
    """Of the run, or of the first two."""
    other = framer.others[0] if framer.others else None
    epoch = None if not order.at else int(framer.run.epoch_numbers[_position(framer, order.at)])
    found = gallery_of(framer.run, other, split=order.split, output=order.output, epoch=epoch)
    gallery(found, Path(order.to), show=framer.knobs.show, theme="dark" if order.theme == "dark" else "")


def _look(order: Shown, layout: str | None = None, *, log: bool = False) -> Look:
    size = (round(order.size[0] * order.ratio), round(order.size[1] * order.ratio))
    return Look(size=size, dpi=round(DPI * order.ratio), layout=layout, theme=THEMES[order.theme], log=log)


def _position(framer: Framer, at: str) -> int:
    asked = parse_point(at)
    return -1 if asked is None else framer.run.timeline.nearest(asked)


def _at(text: str) -> str | int:
    """An epoch as `compare` takes it."""
    if text.strip().isdecimal():
        return int(text)
    return text.strip() or "last"


def _shown(found: Comparison, order: Compared) -> tuple[Reply, bytes]:
    look, picture = _look(order), Reel(found).still
    figure = drawn(picture, look)
    figure.update(picture)
    figure.paint()
    pixels = np.asarray(figure.figure.canvas.buffer_rgba())  # type: ignore[attr-defined] # Agg's
    words = {
        "title": shown_lines(picture.title),
        "facts": shown_lines(picture.facts),
        "along": found.query.align,
        "runs": [_run_words(one) for one in found.compared_runs],
        "formulas": ", ".join(spec.text or spec.label for spec in found.query.formulas),
        "sections": list(map(_section_words, sections(found))),
        "sentences": list(map(shown_lines, sentences(found))),
    }
    return Reply(words=words, size=(pixels.shape[1], pixels.shape[0])), pixels.tobytes()


def _section_words(section: Section) -> dict[str, Any]:
    rows = [list(map(shown_lines, row)) for row in section.rows]
    return {"title": shown_lines(section.title), "columns": list(map(shown_lines, section.columns)), "rows": rows}


def _run_words(compared: Any) -> dict[str, Any]:
    epochs = compared.epochs
    return {
        "name": shown_lines(compared.name),
        "counted": bool(compared.source.outputs),
        "epoch": compared.epoch("chosen"),
        "unit": compared.source.unit,
        "first": int(epochs[0]) if len(epochs) else None,
        "last": int(epochs[-1]) if len(epochs) else None,
    }


def _write_comparison(found: Comparison, order: ComparedFile) -> None:
    to, look = Path(order.to), _look(order)
    if to.suffix in (".png", ".svg"):
        write_still(Reel(found).still, to, look=look)
    elif to.suffix == ".zip":
        write_tables(found, to)
    elif to.suffix == ".html":
        comparison_report(found, to, look=look)
    else:
        with whole(to) as temporary:
            temporary.write_text(as_json(found), encoding="utf-8")


def main() -> None:
    """Does what is ordered on standard input until that ends."""
    workshop, orders, replies = Workshop(), sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a user's formula prints is no reply
    while (data := receive(orders)) is not None:
        reply, pixels = workshop.do(msgspec.json.decode(data, type=Order))
        send(replies, reply, pixels)


if __name__ == "__main__":
    main()
