"""Files of trackers made to harm: small ones take neither memory nor time, and odd values cost no other."""

from __future__ import annotations

import datetime
import json
import math
import sqlite3
import struct
import zlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import viewer
from viewer.importers import import_csv, import_mlflow, import_neptune, import_tensorboard, import_trackio, import_wandb
from viewer.importers.wandb_file import BLOCK, FIRST, LAST, MAGIC, MIDDLE, WHOLE

FAR = f"steps that are no whole number from 0 to {2**31 - 1}: ['loss']"
NONE = "what is no number, or not as many as it says: loss"


def varint(number: int) -> bytes:
    """As a protocol buffer has it."""
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


def field(number: int, value: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def item(name: str, value: str) -> bytes:
    """A name and a value in JSON."""
    return field(1, field(1, name.encode()) + field(16, value.encode()))


def history(**values: str) -> bytes:
    """A record of logged values, each in JSON."""
    return field(2, b"".join(item({"step": "_step"}.get(name, name), value) for name, value in values.items()))


def offline_run(path: Path, records: Sequence[bytes], *, middles: int = 0) -> Path:
    """A file as an offline run leaves it; after its records so many pieces of none."""
    data = bytearray(MAGIC + b"\0")

    def put(piece: bytes, kind: int) -> None:
        data.extend(struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece)

    for record in records:
        at, first = 0, True
        while first or at < len(record):
            room = BLOCK - len(data) % BLOCK
            if room < 7:
                data.extend(bytes(room))
                continue
            piece, more = record[at : at + room - 7], at + room - 7 < len(record)
            put(piece, (FIRST if more else WHOLE) if first else (MIDDLE if more else LAST))
            at, first = at + len(piece), False
    for _ in range(middles):
        room = BLOCK - len(data) % BLOCK
        data.extend(bytes(room) if room < 7 else b"")
        put(b"", MIDDLE)
    path.write_bytes(data)
    return path


GOOD = history(step="1", loss="0.5")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (history(step="Infinity", loss="1"), FAR),
        (history(step="NaN", loss="1"), FAR),
        (field(17, field(17, field(1, b"xx"))), None),
        (history(step="2", a='{"\\ud800":1}'), None),
        (field(5, item("c", '"\\ud800"')), None),
        (history(step="2", a='{"a":' * 900 + "1" + "}" * 900), None),
    ],
    ids=["step that is endless", "step that is none", "start that is none", "name", "setting", "depth"],
)
def test_an_odd_record_of_wandb_costs_no_other(tmp_path: Path, record: bytes, said: str | None) -> None:
    """What cannot be is left out, or written as it can be; the values beside it are there."""
    (found,) = import_wandb(offline_run(tmp_path / "run-a.wandb", [record, GOOD]), tmp_path / "runs")
    assert found.left_out == ((said,) if said else ())
    assert viewer.open_run(found.folder).values("loss")[0] == 0.5


def test_names_that_grow_beyond_their_file_end_it(tmp_path: Path) -> None:
    """Each of 20,000 values in a dictionary of a long name would have that name before its own: 8 GB of half a MB."""
    inner = ",".join(f'"{number}":1' for number in range(20_000))
    record = history(step="2", a=f'{{"{"K" * 400_000}":{{{inner}}}}}')
    (found,) = import_wandb(offline_run(tmp_path / "run-a.wandb", [GOOD, record]), tmp_path / "runs")
    assert found.epochs == 1
    assert "the next record has names of more than 16,777,216 characters" in found.left_out[0]


def test_a_record_in_many_pieces_is_put_together_once(tmp_path: Path) -> None:
    """300,000 pieces of a record are no reason to copy all of them for each."""
    (found,) = import_wandb(offline_run(tmp_path / "run-a.wandb", [GOOD], middles=300_000), tmp_path / "runs")
    assert found.epochs == 1


RUNS = "CREATE TABLE runs(run_uuid, name, status, start_time, experiment_id, lifecycle_stage)"
METRICS = "CREATE TABLE metrics(run_uuid, key, step, value, is_nan, timestamp)"
TABLES = [RUNS, METRICS, "CREATE TABLE params(run_uuid, key, value)", "CREATE TABLE experiments(experiment_id, name)"]
RUN = "INSERT INTO runs VALUES('u', 'n', 'FINISHED', 1, 1, 'active')"
VALUE = "INSERT INTO metrics VALUES('u', 'loss', 0, 0.5, 0, 1)"


def database(path: Path, *statements: str) -> Path:
    """A database of SQLite."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return path


@pytest.mark.parametrize(
    ("run", "value", "said"),
    [
        (RUN, "'u', 'loss', NULL, 1, 0, 1", (FAR,)),
        (RUN, "'u', 'loss', 9e999, 1, 0, 1", (FAR,)),
        (RUN, "'u', 'loss', 1, NULL, 0, 1", ()),
        (RUN, "'u', 'other', 1, x'ff', 0, 1", ("what is no number: ['other']",)),
        (RUN, "'u', 'loss', 1, 1, 0, 'x'", ()),
        (RUN.replace(" 1, 1", " 'x', 1"), "'u', 'loss', 1, 1, 0, 1", ()),
        (RUN.replace(" 1, 1", " x'ff', 1"), "'u', 'loss', 1, 1, 0, 1", ()),
    ],
)
def test_a_column_of_mlflow_may_hold_anything(tmp_path: Path, run: str, value: str, said: tuple[str, ...]) -> None:
    """SQLite lets texts, bytes and nothing stand where numbers should: that value is left out, and no error."""
    file = database(tmp_path / "mlflow.db", *TABLES, run, VALUE, f"INSERT INTO metrics VALUES({value})")
    (found,) = import_mlflow(file, tmp_path / "runs")
    assert found.left_out == said
    assert viewer.open_run(found.folder).values("loss")[0] == 0.5


def test_columns_that_are_computed_are_none(tmp_path: Path) -> None:
    """They would make gigabytes of a file of 20 kB."""
    computed = METRICS.replace("key", "key TEXT AS (hex(zeroblob(3000000)) || step) VIRTUAL")
    file = database(tmp_path / "mlflow.db", RUNS, computed, *TABLES[2:], RUN)
    with pytest.raises(ValueError, match="must have the tables runs, metrics and params"):
        import_mlflow(file, tmp_path / "runs")


def test_a_meta_yaml_of_any_making(tmp_path: Path) -> None:
    """Digits that are no numbers, and a value that goes on over 20,000 lines."""
    home = tmp_path / "mlruns" / "0" / "run"
    (home / "metrics").mkdir(parents=True)
    (home / "meta.yaml").write_text("run_id: u\nstart_time: ²\nlong: x\n" + " a\n" * 20_000)
    (home / "metrics" / "loss").write_text("1700000000000 0.5 0\n")
    (found,) = import_mlflow(tmp_path / "mlruns", tmp_path / "runs")
    assert found.epochs == 1


@pytest.mark.parametrize("step", [None, math.inf, "x"])
def test_steps_of_trackio_that_are_none(tmp_path: Path, step: Any) -> None:
    """They are left out and said; a group that is no text is written as one."""
    file = tmp_path / "project.db"
    database(file, "CREATE TABLE metrics(id INTEGER PRIMARY KEY, timestamp, run_name, step, metrics)",
             "CREATE TABLE configs(run_name, config)")  # fmt: skip
    with closing(sqlite3.connect(file)) as connection, connection:
        for at in (0, step):
            connection.execute(
                "INSERT INTO metrics(timestamp, run_name, step, metrics) VALUES('2026', 'r', ?, '{\"loss\": 1}')", [at]
            )
        connection.execute("INSERT INTO configs VALUES('r', ?)", [json.dumps({"_Group": [1], "text": "\ud800"})])
    (found,) = import_trackio(file, tmp_path / "runs")
    assert found.left_out == (FAR,)
    manifest = viewer.open_run(found.folder).manifest
    assert (manifest.group, manifest.config["text"]) == ("[1]", "?")


@pytest.mark.parametrize("step", [math.nan, math.inf, "x", [1]])
def test_steps_of_tables_that_are_none(tmp_path: Path, step: Any) -> None:
    """The same of files of Parquet, of all who write such."""
    pq.write_table(pa.table({"_step": [step], "loss": [1.0]}), tmp_path / "wandb.parquet")
    assert import_wandb(tmp_path / "wandb.parquet", tmp_path / "runs")[0].left_out == (FAR,)
    pq.write_table(pa.table({"run_name": ["r"], "step": [step], "loss": [1.0]}), tmp_path / "trackio.parquet")
    assert import_trackio(tmp_path / "trackio.parquet", tmp_path / "runs")[0].left_out == (FAR,)
    texts = {"project_id": "p", "run_id": "r", "attribute_path": "loss", "attribute_type": "float_series"}
    values = {
        "step": step,
        "timestamp": "no time",
        "int_value": 1,
        "float_value": 1.0,
        "string_value": "",
        "bool_value": 1,
    }
    pq.write_table(pa.table({name: [value] for name, value in (texts | values).items()}), tmp_path / "n.parquet")
    assert FAR in import_neptune(tmp_path / "n.parquet", tmp_path / "runs")[0].left_out


def test_a_time_of_pythons_is_one(tmp_path: Path) -> None:
    """A history in Parquet may have times as such."""
    noon = datetime.datetime(2026, 1, 1, 12)
    pq.write_table(pa.table({"_step": [1], "_timestamp": [noon], "loss": [1.0]}), tmp_path / "h.parquet")
    (found,) = import_wandb(tmp_path / "h.parquet", tmp_path / "runs")
    assert viewer.open_run(found.folder).epochs["time"].item().timestamp() == noon.timestamp()


def event_file(folder: Path, *values: dict[str, Any], tail: bytes = b"") -> Path:
    """A file of TensorBoard's, with a good value and others."""
    pytest.importorskip("tensorboard")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    data, good = b"", {"dtype": 1, "dims": [], "float_val": [0.5], "step": 0, "tag": "good"}
    for given in (good, *values):
        event = Event(wall_time=given.get("time", 1.7e9), step=given.get("step", 1))
        value = event.summary.value.add(tag=given.get("tag", "loss"))
        value.metadata.plugin_data.plugin_name = given.get("plugin", "scalars")
        value.tensor.dtype = given["dtype"]
        for size in given["dims"]:
            value.tensor.tensor_shape.dim.add(size=size)
        for name in given.keys() & {"float_val", "string_val", "scomplex_val"}:
            getattr(value.tensor, name).extend(given[name])
        value.tensor.tensor_content = given.get("content", b"")
        record = event.SerializeToString()
        head = struct.pack("<Q", len(record))
        data += head + struct.pack("<I", masked_crc32c(head)) + record + struct.pack("<I", masked_crc32c(record))
    if tail:
        data += tail + struct.pack("<I", masked_crc32c(tail))
    folder.mkdir()
    (folder / "events.out.tfevents.1").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "value",
    [
        {"dtype": 1, "dims": [2**26], "float_val": [1.0]},
        {"dtype": 1, "dims": [2**62], "float_val": [1.0]},
        {"dtype": 1, "dims": [6, 2**24], "float_val": [1.0], "plugin": "pr_curves"},
        {"dtype": 1, "dims": [-5], "float_val": [1.0]},
        {"dtype": 1, "dims": [2, 3], "float_val": [1.0, 2.0]},
        {"dtype": 1, "dims": [3], "content": b"123"},
        {"dtype": 99, "dims": [], "float_val": [1.0]},
        {"dtype": 7, "dims": [], "string_val": [b"x"]},
        {"dtype": 7, "dims": [6, 3], "string_val": [b"x"] * 18, "plugin": "pr_curves"},
        {"dtype": 8, "dims": [], "scomplex_val": [1.0, 2.0]},
    ],
)
def test_a_tensor_that_is_not_what_it_says_costs_no_other(tmp_path: Path, value: dict[str, Any]) -> None:
    """A number that stands for gigabytes, sizes that are none, texts: left out and named, before they take memory."""
    (found,) = import_tensorboard(event_file(tmp_path / "logs", value), tmp_path / "runs")
    assert found.left_out == (NONE,)
    assert viewer.open_run(found.folder).values("good")[0] == 0.5


@pytest.mark.parametrize("dims", [[], [6], [6, 3, 2]])
def test_a_curve_of_another_shape_is_named(tmp_path: Path, dims: list[int]) -> None:
    """Six rows of thresholds, and nothing else."""
    curve = {"dtype": 1, "dims": dims, "float_val": [1.0] * math.prod(dims), "plugin": "pr_curves"}
    (found,) = import_tensorboard(event_file(tmp_path / "logs", curve), tmp_path / "runs")
    assert "a PR curve must have 6 rows" in found.left_out[0]


@pytest.mark.parametrize("time", [math.nan, math.inf, 1e300, -1e300])
def test_a_time_that_no_calendar_has(tmp_path: Path, time: float) -> None:
    """It is the beginning of 1970, and the value counts."""
    value = {"dtype": 1, "dims": [], "float_val": [1.0], "time": time}
    (found,) = import_tensorboard(event_file(tmp_path / "logs", value), tmp_path / "runs")
    assert (found.epochs, found.left_out) == (2, ())


def test_a_record_that_says_it_is_endless_is_torn(tmp_path: Path) -> None:
    """Its length has the right checksum; there is no such memory."""
    folder = event_file(tmp_path / "logs", tail=struct.pack("<Q", 2**61))
    (found,) = import_tensorboard(folder, tmp_path / "runs")
    assert "the next one is torn" in found.left_out[0]


def test_an_epoch_of_a_csv_has_a_bound(tmp_path: Path) -> None:
    """The message has what stood there, not three hundred digits."""
    (tmp_path / "log.csv").write_text("epoch,loss\n1e300,1\n")
    with pytest.raises(ValueError, match=r"an epoch must be below 2,147,483,648\. Received: '1e300' in row 2"):
        import_csv(tmp_path / "log.csv", tmp_path / "runs")
