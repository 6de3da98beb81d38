"""One recorded run, live or of years ago, and what a program asks of it.

run = viewer.open_run("runs/20261123-103005-baseline-3f9a")
run.metric("f1", threshold=0.3, band=0.95)  # value, low, high over epochs
run.exact("average_precision")  # of the recorded samples, not of bins

`Run` is one public class of some fifty methods, cut into files by what they rest on: `recorded` (the files),
`asked` (formulas), `assessed` (how sure the values are), `tables` (pandas). Each uses only what is below, and nothing
but `__init__` is overridden. What computes stands outside, in parts that they hold: `RunTable`, `EpochMemory`,
`CompleteQuery`, `every_score`, `inputs_of`. To compose these files too would write each method twice: once in its part,
once with its docstring on `Run`, where users look for it.
"""

from recorder.runfile import RunFormatError

from ..formulas.query import Query, Question
from .best import BestEpoch
from .opening import (
    UnreadableRun,
    as_written,
    folder_meant,
    kept_in_step,
    local_folder,
    no_run_at,
    open_all,
    open_run,
    open_runs,
    opened,
    reason_of,
    shown_folder,
    usual_folder,
)
from .recorded import usual_split
from .tables import Run

__all__ = [
    "BestEpoch",
    "Query",
    "Question",
    "Run",
    "RunFormatError",
    "UnreadableRun",
    "as_written",
    "folder_meant",
    "kept_in_step",
    "local_folder",
    "no_run_at",
    "open_all",
    "open_run",
    "open_runs",
    "opened",
    "reason_of",
    "shown_folder",
    "usual_folder",
    "usual_split",
]
