"""The view `runs`: a table of all runs, of which only what is on screen is computed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from recorder.runfile import from_iso
from recorder.runfile.names import is_shown, shown, shown_lines

from ....formulas import FORMULAS
from ....listing.answer import Heading, Question
from ....listing.column import FIELDS
from ....listing.row import Row
from ....listing.text import in_words
from ....listing.where import parse_where
from ....panels.status.numbers import duration
from ....points import progress
from ....run import shown_folder
from ..messages import Ask, Open
from ..sheet import Sheet
from ..store import Store

PAUSE = 0.1  # seconds between two sheets while nobody asks for anything else
SECONDS = "seconds"  # of an epoch: a column that is always there
MOST_CONFIG = 4  # columns of the configuration that are shown where nothing is asked for


class RunsView:
    """A question to the table of all runs, and the stretch of its answer that is on screen.

    Args:
        store: the runs.
        asked: nothing of it is of use here; `Ask` has what stands in the address.
    """

    def __init__(self, store: Store, asked: Open) -> None:
        self._store, self._table = store, store.table()
        self._asked = self._table.ask()
        self._columns: tuple[str, ...] | None = None
        self._fault = ""  # of a filter that is not taken
        self._seen: Any = None
        self._due = 0.0
        self._sent: dict[str, Any] = {}
        self._set(Question())

    def close(self) -> None:
        """Nobody looks any longer."""
        self._table.leave(self._asked)

    def receive(self, message: Any) -> None:
        """Takes what the page asks; of a filter that is malformed it says why, and the one before stays."""
        if not isinstance(message, Ask):
            return
        self._columns, where = message.columns, message.where
        self._fault = _fault(where)
        self._asked.visible = (message.first, message.last)
        self._set(
            Question(
                where=self._asked.question.where if self._fault else where,
                sort=message.sort,
                reverse=message.reverse,
                group=message.group,
                folded=frozenset(message.folded),
            )
        )
        self._due = 0.0

    def beat(self, *, room: bool) -> Sheet | None:
        """What the page does not know yet; at most ten times a second, unless it has asked for something else."""
        now = time.monotonic()
        if not room or now < self._due:
            return None
        if self._store.is_one:
            return self._sheet({"go": "/run/latest"})
        self._set(self._asked.question)
        seen = self._table.version, self._asked.answer, self._asked.visible, self._fault
        if seen == self._seen:
            return None
        self._seen, self._due = seen, now + PAUSE
        return self._sheet(self._words())

    def _sheet(self, words: dict[str, Any]) -> Sheet | None:
        news = {name: value for name, value in words.items() if name not in self._sent or self._sent[name] != value}
        self._sent |= news
        return Sheet(news | {"now": time.time()}) if news else None

    def _set(self, question: Question) -> None:
        asked = replace(question, columns=(SECONDS, *self._shown_columns()))
        if asked != self._asked.question:
            self._asked.question = asked
            self._table.wanted.set()

    def _shown_columns(self) -> tuple[str, ...]:
        """Those that were asked for, here or at the start; else the usual ones, and what differs."""
        if self._columns is not None:
            return self._columns
        names = self._table.names
        return (*(self._store.opening.settings.metrics or names.usual), *names.differing[:MOST_CONFIG])

    def _words(self) -> dict[str, Any]:
        answer, rows = self._asked.answer, self._table.rows
        first, last = self._asked.visible
        columns = self._asked.answered.columns[1:]
        faults = {name: shown_lines(fault) for name, fault in answer.faults.items() if name != SECONDS}
        return {
            "view": "runs",
            "folder": shown_folder(self._store.folder),
            "waiting": self._table.waiting,
            "total": len(rows),
            "runs": answer.runs,
            "left_out": answer.left_out,
            "unread": self._table.unread,
            "unplaced": answer.waiting,
            "newest": rows[-1].key if rows else "",
            "columns": list(columns),
            "units": sorted({row.fields.get("unit") or "epoch" for row in rows}),
            "down": self._down(),
            "faults": faults | ({"where": self._fault} if self._fault else {}),
            "count": len(answer.entries),
            "first": first,
            "entries": [self._entry(entry, columns) for entry in answer.entries[first:last]],
            "names": self._names(),
            "theme": self._store.opening.settings.theme,
        }

    def _down(self) -> bool:
        """Whether the largest values come first."""
        question = self._asked.answered
        try:
            return self._table.column(question.sort).down(reverse=question.reverse)
        except ValueError:
            return False

    def _names(self) -> dict[str, list[str]]:
        names = self._table.names
        return {
            "fields": [name for name in FIELDS if name not in ("run", "name")],
            "config": list(filter(is_shown, names.config)),
            "differing": list(filter(is_shown, names.differing)),
            "logs": list(filter(is_shown, names.logs)),
            "formulas": sorted(FORMULAS),
        }

    @staticmethod
    def _entry(entry: Heading | Row, columns: tuple[str, ...]) -> dict[str, Any]:
        if isinstance(entry, Heading):
            return {"group": entry.name, "words": shown(entry.name), "runs": entry.runs, "folded": entry.folded}
        return _row(entry, columns)


def _row(row: Row, columns: tuple[str, ...]) -> dict[str, Any]:
    fields, seconds = row.fields, row.values.get(SECONDS)
    created = from_iso(fields.get("created") or "")
    return {
        "key": row.key,
        "name": shown(fields.get("name") or row.path.name),
        "of": shown(fields.get("group") or ""),
        "status": fields.get("status") or "",
        "epochs": progress(fields.get("unit") or "", fields.get("done"), fields.get("planned")),
        "created": created if created == created else None,
        "seconds": "" if seconds is None else duration(seconds),
        "problem": shown(fields.get("problem") or "", most=500),
        "cells": [_cell(row, text) for text in columns],
    }


def _cell(row: Row, text: str) -> dict[str, Any]:
    """A value in words, its curve, and why there is none; `known` is false while it is still to be read."""
    value = row.value(text, time.time())
    return {
        "words": duration(value) if text == "age" and value is not None else in_words(value),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "curve": row.curves.get(text) or [],
        "fault": shown(row.faults.get(text, ""), most=500),
        "known": row.knows(text),
    }


def _fault(where: str) -> str:
    try:
        if where.strip():
            parse_where(where)
    except ValueError as error:
        return shown_lines(str(error))
    return ""
