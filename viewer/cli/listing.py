"""`epochreel list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .app import app
from .options import Folder

if TYPE_CHECKING:
    from ..run import Run


@app.command("list")
def list_runs(folder: Folder = None) -> None:
    """List the runs of a folder with their state and last values."""
    from ..run import open_runs

    table = Table("run", "name", "state", "epochs", "loss", "val_loss", "MCC")
    for run in open_runs(folder or Path("runs")):
        table.add_row(*map(escape, _row(run)))
    Console().print(table)


def _row(run: Run) -> list[str]:
    def last(values: Any) -> str:
        return f"{values[-1]:.4g}" if len(values) and values[-1] == values[-1] else ""

    logs = run.logs
    split = next((name for name in ("val", "train") if name in run.splits()), None)
    shown = [last(logs[name]) if name in logs else "" for name in ("loss", "val_loss")]
    planned = f"/{run.planned_epochs}" if run.planned_epochs else ""
    score = last(run.values("mcc", split=split)) if split else ""
    return [run.folder.name, run.name, run.status, f"{len(run.epoch_numbers)}{planned}", *shown, score]
