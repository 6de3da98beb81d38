"""What can be asked of the runs of a live table, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..reading.flat_config import differing
from .column import CONFIG
from .row import Row
from .table import usual_columns

MOST = 500  # of each kind


@dataclass(frozen=True, slots=True)
class Names:
    """Columns that somebody may want.

    Args:
        usual: what is shown where nothing is asked for.
        differing: config keys whose value is not the same in all runs, as columns.
        config: all config keys, as columns.
        logs: of the newest epochs.
    """

    usual: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()


def names(rows: Sequence[Row]) -> Names:
    """The names of what the runs that were read have."""
    known = [row for row in rows if "name" in row.fields]
    logs = dict.fromkeys(log for row in known for log in row.logs)
    config = dict.fromkeys(key for row in known for key in row.config)
    return Names(
        usual=tuple(usual_columns((tuple(row.logs), bool(row.fields["counted"])) for row in known)),
        differing=tuple(CONFIG + key for key in differing([row.config for row in known])[:MOST]),
        config=tuple(CONFIG + key for key in list(config)[:MOST]),
        logs=tuple(list(logs)[:MOST]),
    )
