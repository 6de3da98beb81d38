"""What the index keeps: three tables, and the version that tells them from those of another epochreel."""

from __future__ import annotations

import pyarrow as pa

VERSION = 4  # of all that is here; another one's index is ignored, and made anew
TABLES = ("runs", "epochs", "counts")
NUMBERS = pa.map_(pa.string(), pa.float64())
TEXT = pa.dictionary(pa.int32(), pa.string())
NEWEST = pa.struct(
    [
        ("split", pa.string()),
        ("output", pa.string()),
        ("tp", pa.list_(pa.int64())),
        ("fp", pa.list_(pa.int64())),
        ("tn", pa.list_(pa.int64())),
        ("fn", pa.list_(pa.int64())),
    ]
)
RUNS = pa.schema(
    [
        ("run", pa.string()),  # its path below the folder, with slashes
        ("stamp", pa.string()),  # of its files when they were read, see `rows`
        ("name", pa.string()),
        ("group", pa.string()),
        ("created", pa.string()),
        ("unit", TEXT),
        ("config", pa.string()),  # JSON
        ("outputs", TEXT),  # JSON, as a manifest has them; "" of logs only
        ("points", pa.int64()),
        ("done", pa.int64()),  # epochs, or steps where these are the unit, that the training has behind it
        ("epochs", pa.int64()),
        ("steps", pa.int64()),
        ("planned", pa.int64()),
        ("reason", pa.string()),  # for which its latest attempt ended; null where it has no end
        ("begin", pa.string()),  # JSON of who writes it, where it has no end
        ("last_time", pa.float64()),  # of its last line, seconds since 1970
        ("patience", pa.float64()),  # seconds of silence before it counts as interrupted
        ("problem", pa.string()),
        ("newest_logs", NUMBERS),  # at the newest point, or else the last known
        ("lowest_logs", NUMBERS),  # the least finite value of each, NaN where there is none
        ("highest_logs", NUMBERS),
        ("newest_counts", pa.list_(NEWEST)),  # of each split and output, at the newest point that has it
        ("all_newest", pa.bool_()),  # whether the newest point has all logs and counts that any point has
    ]
)
EPOCHS = pa.schema(
    [
        ("run", TEXT),
        ("point", pa.int64()),  # its number, in the unit of the run
        ("epoch", pa.int64()),
        ("step", pa.int64()),
        ("attempt", pa.int32()),
        ("attempts", pa.list_(pa.int32())),  # under which its parts stand: its own, and of those who added to it
        ("seconds", NUMBERS),
        ("logs", NUMBERS),
    ]
)
COUNTS = pa.schema(
    [
        ("run", TEXT),
        ("point", pa.int64()),
        ("epoch", pa.int64()),
        ("step", pa.int64()),
        ("split", TEXT),
        ("output", TEXT),
        ("label", pa.int32()),  # null of a binary output
        ("class", TEXT),
        ("tp", pa.int64()),
        ("fp", pa.int64()),
        ("tn", pa.int64()),
        ("fn", pa.int64()),
    ]
)
COUNTS_OF = ("tp", "fp", "tn", "fn")
SCHEMAS = {"runs": RUNS, "epochs": EPOCHS, "counts": COUNTS}
