"""What a manifest holds: everything a config is made of in practice, and what cannot be kept is named by its key."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.json_values import plain_config, plain_names
from recorder.runfile import read_manifest
from recorder.starting import start_run


class Mode(enum.Enum):
    FAST = "fast"


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    """As `torch.__version__` is one."""


@dataclasses.dataclass
class Plan:
    rate: Any
    steps: tuple[int, ...] = (1, 2)


KEPT = [
    (np.float64(0.1), 0.1),
    (np.float32(0.5), 0.5),
    (np.longdouble(0.5), 0.5),
    (np.int64(3), 3),
    (np.bool_(True), True),
    (np.str_("a"), "a"),
    (Text("2.13"), "2.13"),
    (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
    (np.array(["a", "b"]), ["a", "b"]),
    (np.array([1, "a", None], object), [1, "a", None]),
    (np.datetime64("2026-11-25"), "2026-11-25"),
    (Mode.FAST, "fast"),
    (Level.HIGH, 3),
    (Path("data/x.csv"), "data/x.csv"),
    (datetime.date(2026, 11, 25), "2026-11-25"),
    (datetime.datetime(2026, 11, 25, 21), "2026-11-25T21:00:00"),
    ((1, (2, 3)), [1, [2, 3]]),
    ({3, 1, 2}, [1, 2, 3]),
    (range(3), [0, 1, 2]),
    (collections.OrderedDict(a=1), {"a": 1}),
    ({1: "one", Mode.FAST: 2, np.str_("x"): 3}, {"1": "one", "fast": 2, "x": 3}),
    (Plan(np.float32(0.25)), {"rate": 0.25, "steps": [1, 2]}),
    (float("nan"), "NaN"),
    (np.float64("-inf"), "-Infinity"),
    ([np.nan, 1.0], ["NaN", 1.0]),
    (2**70, 2**70),
    (None, None),
]


@pytest.mark.parametrize(("value", "wanted"), KEPT, ids=[repr(value)[:40] for value, _ in KEPT])
def test_what_configs_are_made_of_is_kept(tmp_path: Path, value: Any, wanted: Any) -> None:
    """NumPy's scalars and arrays, enums, paths, dates, tuples, sets, dataclasses: as plain JSON, and read again."""
    folder = start_run(tmp_path, config={"deep": {"list": [value]}}).folder
    assert json.loads((folder / "run.json").read_text())["config"] == {"deep": {"list": [wanted]}}
    if wanted != 2**70:  # which a reader may take for a float
        assert read_manifest(folder).config == {"deep": {"list": [wanted]}}


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"a": {"b": [1, object()]}}, r"config\['a'\]\['b'\]\[1\] = <object"),
        ({"f": len}, r"config\['f'\] = <built-in function len>"),
        ({"plan": Plan(object())}, r"config\['plan'\]\['rate'\] = <object"),
        ({"z": 1j}, r"config\['z'\] = 1j"),
        ({"z": np.complex64(1)}, r"config\['z'\] = "),
        ({"text": "\ud800"}, r"config\['text'\] = '\\ud800'"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_key(tmp_path: Path, config: Any, key: str) -> None:
    """Before anything is made, with the rule and the path to the value."""
    with pytest.raises(TypeError, match=rf"^config must be a mapping that JSON can hold\. Received: {key}"):
        start_run(tmp_path / "runs", config=config)
    assert not (tmp_path / "runs").exists()


def test_keys_and_depth_have_rules() -> None:
    """Keys that are no strings or become one string, a circle, a config of megabytes: refused, each by its rule."""
    with pytest.raises(TypeError, match=r"^keys of config must be strings\. Received: config\['a'\]\[\(1, 2\)\]$"):
        plain_config({"a": {(1, 2): 3}})
    with pytest.raises(TypeError, match=r"^keys of config must differ as strings\. Received: config\['1'\] twice$"):
        plain_config({1: "a", "1": "b"})
    circle: dict[str, Any] = {}
    circle["in"] = circle
    with pytest.raises(TypeError, match=r"^config must be nested at most 64 deep\. Received: config\['in'\]"):
        plain_config(circle)
    with pytest.raises(ValueError, match=r"^config must take at most 1,048,576 bytes of JSON\. Received: 2,"):
        plain_config({"array": np.zeros(500_000)})


trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=9,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), trees))
def test_what_json_holds_stays_as_it_is(config: dict[str, Any]) -> None:
    """Plain JSON is kept unchanged but for NaN and infinities, and a second passage changes nothing more."""
    once = plain_config(config)
    assert plain_config(once) == once
    assert json.loads(json.dumps(once, allow_nan=False)) == once


def test_class_names_come_from_an_encoder(tmp_path: Path) -> None:
    """`LabelEncoder().classes_` is an array of `np.str_`, or of the numbers that the classes are."""
    names = np.array(["cat", "dog"])
    assert read_manifest(start_run(tmp_path, class_names=names).folder).class_names == ["cat", "dog"]
    assert read_manifest(start_run(tmp_path, class_names=list(names)).folder).class_names == ["cat", "dog"]
    assert plain_names("class_names", np.array([0, 1])) == ["0", "1"]
    for wrong in ("ab", [object()], [["a"]], {"a", "b"}, 3, [None], "\ud800"):
        with pytest.raises(ValueError, match=r"^class_names must be a sequence of strings\. Received: "):
            plain_names("class_names", wrong)
    with pytest.raises(ValueError, match=r"^class_names must differ from each other\. Received twice: \['1'\]$"):
        plain_names("class_names", ["a", 1, "1"])
