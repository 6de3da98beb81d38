"""Watch, replay and question recorded runs. The training process needs none of this.

    import viewer

    run = viewer.open_run("runs/20261123-103005-baseline-3f9a")
    run.metric("tn / (tn + fn)", threshold=0.3).plot()

`viewer.formula` registers a formula of one's own, `viewer.panel` a panel; `viewer.watch("runs")` in a notebook draws
while a cell trains. What goes wrong for a reason that a program may want to know is raised as `FormulaError`,
`PanelError`, `RunFormatError` or `UnreachableGoalError`, each a ValueError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recorder.runfile.lazy import lazily

from .needs import told

if TYPE_CHECKING:
    from .comparison import Comparison, compare
    from .export.display import PanelDisplay
    from .formulas import FORMULAS, FormulaError, formula
    from .index.sql import connect
    from .listing import list_runs
    from .panels import PanelError, panel
    from .run import Run, RunFormatError, open_run, open_runs
    from .run.studies import choose, dynamics
    from .statistics.goal import Goal
    from .statistics.picking import UnreachableGoalError
    from .surfaces.notebook import watch

__all__ = [
    "FORMULAS",
    "Comparison",
    "FormulaError",
    "Goal",
    "PanelDisplay",
    "PanelError",
    "Run",
    "RunFormatError",
    "UnreachableGoalError",
    "choose",
    "compare",
    "connect",
    "dynamics",
    "formula",
    "list_runs",
    "open_run",
    "open_runs",
    "panel",
    "watch",
]


_load, __dir__ = lazily(
    __name__,
    {
        "comparison": "Comparison compare",
        "export.display": "PanelDisplay",
        "formulas": "FORMULAS FormulaError formula",
        "index.sql": "connect",
        "listing": "list_runs",
        "panels": "PanelError panel",
        "run": "Run RunFormatError open_run open_runs",
        "run.studies": "choose dynamics",
        "statistics.goal": "Goal",
        "statistics.picking": "UnreachableGoalError",
        "surfaces.notebook": "watch",
    },
)


def __getattr__(name: str) -> Any:
    with told():
        return _load(name)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext viewer` brings the line magic `%epochreel`."""
    from .surfaces.notebook import magic

    shell.register_magic_function(magic, "line", "epochreel")
