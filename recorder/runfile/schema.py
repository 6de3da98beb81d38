"""The JSON of a run: its manifest and the lines of `epochs.jsonl`, as types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

FORMAT_VERSION = "1.4"
LONGEST_NAME = 60  # characters of a name in what an object says of itself
Kind = Literal["binary", "multiclass", "multilabel"]
Source = Literal["tally", "keras_counts", "arrays"]
Unit = Literal["epoch", "step"]
MOST_GROUPS = 1_024  # sums over groups of samples that are kept apart
MOST_OF_GROUPS = 2**17  # numbers that these take at a point, of all classes of an output and split: 1 MiB
MOST_EPOCHS = 2**31  # as the columns of the parts hold them
Index = Annotated[int, msgspec.Meta(ge=0, lt=MOST_EPOCHS)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Output(msgspec.Struct, kw_only=True):
    """What was counted of one output of the model.

    Args:
        name: name of the output; "" where there is only one.
        kind: binary, multi-class (softmax, argmax decides) or multi-label (sigmoid per label).
        classes: names of the classes; for binary the negative, then the positive one.
        thresholds: float32 values, increasing; the edges of the histogram's bins.
        decision_threshold: one of `thresholds`; above it a score is called positive.
        source: "tally" (exact), "keras_counts" (float32 counters: exact up to 2**24) or "arrays" (exact).
        ignore_label: the label whose samples are left out.
        weighted: whether sums of sample weights stand beside the counts.
        from_logits: whether the model gives logits. Recorded scores are probabilities either way: made of logits by
            sigmoid, or by softmax for multi-class.
        matrix: whether the matrix of a multi-class output was kept; false where it would have been too large.
        group_thresholds: some of `thresholds`, at which the four counts of each group of samples are kept too; none
            where argmax decides, and each group has a matrix. None where nothing of groups is counted.
    """

    name: str = ""
    kind: Kind = "binary"
    classes: list[str] = msgspec.field(default_factory=lambda: ["negative", "positive"])
    thresholds: list[float] = msgspec.field(default_factory=list)
    decision_threshold: float = 0.5
    source: Source = "tally"
    ignore_label: int | None = None
    weighted: bool = False
    from_logits: bool = False
    matrix: bool = True
    group_thresholds: list[float] | None = None

    def __repr__(self) -> str:
        """Short: there are hundreds of thresholds, and may be thousands of classes."""
        return (
            f"Output({self.name[:LONGEST_NAME]!r}, {self.kind}, {len(self.classes)} classes, "
            f"{len(self.thresholds)} thresholds, decision_threshold={self.decision_threshold:.4g})"
        )


class Manifest(msgspec.Struct, kw_only=True):
    """`run.json`: what a run is. Written at the start; `outputs` is filled in once, with the first counts.

    `named` is false where the user gave no name, and `name` is made up. `unit` is what the points are counted in: where
    it is "step", whatever is called epoch in lines, columns and names is a number of steps.
    """

    format: str = FORMAT_VERSION
    run_id: str
    name: str
    named: bool = True
    group: str = ""
    created: str
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    class_names: list[str] | None = None
    output_class_names: dict[str, list[str]] | None = None
    unit: Unit = "epoch"
    outputs: list[Output] = msgspec.field(default_factory=list)
    sampling: dict[str, Any] = msgspec.field(default_factory=dict)
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    host: str = ""
    pid: int = 0

    def __repr__(self) -> str:
        """Short: what it is of, and how many outputs it names."""
        return f"Manifest({self.run_id[:LONGEST_NAME]!r}, {len(self.outputs)} outputs, format {self.format!r})"


class BeginLine(msgspec.Struct, kw_only=True, tag_field="event", tag="begin"):
    """A start of the run: attempt 0 is the first, every resume is one more.

    Args:
        attempt: which start.
        time: when.
        host: where the process runs that made it.
        pid: of this process.
        process_started: when it began, in seconds since 1970 (UTC), to tell it from a later one of that `pid`.
        process_mark: what tells it too, and does not move with the clock; None where the system has no such thing.
        epochs: how many are planned in all.
        config: what this start was given, where it is not what the manifest says; None where it is, or none was given.
        group: the same.
        class_names: the same.
        output_class_names: the same.
        adds: whether it adds to points of other attempts, and has none of its own; then this stands in its claim alone.
        merged: as in `EpochLine`.
    """

    attempt: Index
    time: str
    host: str = ""
    pid: int = 0
    process_started: float | None = None
    process_mark: str | None = None
    epochs: int | None = None
    config: dict[str, Any] | None = None
    group: str | None = None
    class_names: list[str] | None = None
    output_class_names: dict[str, list[str]] | None = None
    adds: bool = False
    merged: dict[str, int] | None = None


class CountsRow(msgspec.Struct, kw_only=True, gc=False):  # by the hundred thousand, and never in a cycle
    """The four counts of one split, output and class at the decision (argmax for multi-class)."""

    split: str
    output: str = ""
    label: Index | None = None
    tp: Count
    fp: Count
    tn: Count
    fn: Count


class EpochLine(msgspec.Struct, kw_only=True, tag_field="event", tag="epoch"):
    """One epoch of one attempt; this line commits the parts. Non-finite logs are the strings of proto3 JSON.

    Args:
        attempt: which start of the run recorded it.
        epoch: its number; of a run whose unit is "step", that of the step.
        step: training steps done by then, where the unit is "epoch" and they are known.
        in_epoch: the epoch that the point lies in, where the unit is "step" and it is known.
        time: when.
        seconds: durations, by name.
        logs: scalars, by name.
        counts: at the decision.
        rows: of its parts, by kind.
        crc32: checksums of these parts as they were written, by kind; None where none were recorded.
        merged: checksums of merged parts that came onto the disk since the line before, by path within the run.
    """

    attempt: Index
    epoch: Index
    step: Count | None = None
    in_epoch: Count | None = None
    time: str
    seconds: dict[str, float] = msgspec.field(default_factory=dict)
    logs: dict[str, float | Literal["NaN", "Infinity", "-Infinity"]] = msgspec.field(default_factory=dict)
    counts: list[CountsRow] = msgspec.field(default_factory=list)
    rows: dict[str, int] = msgspec.field(default_factory=dict)
    crc32: dict[str, int] | None = None
    merged: dict[str, int] | None = None


class AddLine(msgspec.Struct, kw_only=True, tag_field="event", tag="add"):
    """What was added to a point that was recorded earlier; a file of its own, which commits the parts.

    Args:
        attempt: of whoever added it; its parts are under this number.
        of: the attempt that recorded the point.
        epoch: the point.
        time: when it was added.
        logs: as in `EpochLine`, as is all that follows; none of a name that the point has already.
        counts: none of a split and output that it has already.
        rows: the same.
        crc32: the same.
        merged: the same, of this attempt.
    """

    attempt: Index
    of: Index
    epoch: Index
    time: str
    logs: dict[str, float | Literal["NaN", "Infinity", "-Infinity"]] = msgspec.field(default_factory=dict)
    counts: list[CountsRow] = msgspec.field(default_factory=list)
    rows: dict[str, Count] = msgspec.field(default_factory=dict)
    crc32: dict[str, int] | None = None
    merged: dict[str, int] | None = None


class EndLine(msgspec.Struct, kw_only=True, tag_field="event", tag="end"):
    """The attempt is over. `reason` is "finished", or why it is not; "incomplete": it is, and epochs are missing.

    `merged` as in `EpochLine`.
    """

    attempt: Index
    time: str
    reason: str = "finished"
    merged: dict[str, int] | None = None


Line = BeginLine | EpochLine | EndLine


class EpochHead(msgspec.Struct, kw_only=True, tag_field="event", tag="epoch", gc=False):
    """Which epoch a line commits; the rest of the line is passed over."""

    attempt: Index
    epoch: Index


class EpochNumbers(msgspec.Struct, kw_only=True, tag_field="event", tag="epoch", gc=False):
    """The numbers of an epoch's line."""

    step: Count | None = None
    in_epoch: Count | None = None
    logs: dict[str, float | Literal["NaN", "Infinity", "-Infinity"]] = msgspec.field(default_factory=dict)
    seconds: dict[str, float] = msgspec.field(default_factory=dict)
    counts: list[CountsRow] = msgspec.field(default_factory=list)


class RowsIn(msgspec.Struct, kw_only=True, gc=False):
    """How many rows each kind of part has of an epoch."""

    tallies: Count = 0
    samples: Count = 0
    observed: Count = 0


class EpochRows(msgspec.Struct, kw_only=True, tag_field="event", tag="epoch", gc=False):
    """What an epoch's line says of its parts."""

    attempt: Index
    epoch: Index
    rows: RowsIn = msgspec.field(default_factory=RowsIn)


Head = BeginLine | EpochHead | EndLine
Numbers = BeginLine | EpochNumbers | EndLine
RowsOfALine = BeginLine | EpochRows | EndLine
