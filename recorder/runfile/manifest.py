"""The manifest of a run: JSON to what it says, checked against what types do not say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import msgspec

from .door import MANIFEST_BYTES, read_regular
from .errors import RunFormatError
from .kinds import kind_of
from .layout import MANIFEST
from .names import listed
from .schema import FORMAT_VERSION, Manifest, Output

MOST_VALUES = 2**22  # of a manifest, each of which may take 25 times its bytes in memory
SHARED = 2**17  # bytes of the outputs of a manifest that are kept for others of the same
COUNTER_BYTES = 2**26  # of one output and epoch: 64 MiB
COARSEST = 3  # thresholds of the grid that is kept of very many classes
MOST_CLASSES = 2**20

_encoder = msgspec.json.Encoder()


def read_stated(folder: Path) -> Manifest:
    """The manifest of the run in `folder`, without the outputs that were added.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is broken, no regular file, or of a newer major version.
    """
    return decode_manifest(read_regular(folder / MANIFEST, most=MANIFEST_BYTES))


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as indented JSON.

    Raises:
        RunFormatError: It would have more than a reader takes.
    """
    data = _encoder.encode(manifest)
    values = _values(data)
    if values <= MOST_VALUES:
        data = msgspec.json.format(data, indent=2) + b"\n"
    if values > MOST_VALUES or len(data) > MANIFEST_BYTES:
        raise RunFormatError(
            f"run.json (config, class names, thresholds) must have at most {MOST_VALUES:,} values and "
            f"{MANIFEST_BYTES:,} bytes. Received: about {values:,}, and {len(data):,} bytes"
        )
    return data


def decode_manifest(data: bytes) -> Manifest:
    """The manifest of a run.

    Raises:
        RunFormatError: It is no manifest, or one of a newer major version.
    """
    values = _values(data) if len(data) > MOST_VALUES else 0  # there are no more of them than bytes
    if values > MOST_VALUES:
        raise RunFormatError(f"run.json must hold at most {MOST_VALUES:,} values. Received: about {values:,}")
    try:
        found = msgspec.structs.asdict(_manifest_decoder.decode(data))
        _check_version(found["format"])
        text = bytes(found["outputs"])
        outputs = _shared(text) if len(text) <= SHARED else _outputs(text)
        return Manifest(**found | {"outputs": list(outputs)})
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            _check_version(msgspec.json.decode(data, type=_Version).format)
        raise RunFormatError(f"run.json must follow the run format. Received: {data[:80]!r} ({error})") from error


def _values(data: bytes) -> int:
    """How many values JSON has, about."""
    return sum(map(data.count, (b",", b"[", b"{")))


def encode_outputs(outputs: Sequence[Output]) -> bytes:
    """Outputs as JSON, with a newline."""
    return _encoder.encode(outputs) + b"\n"


def decode_outputs(data: bytes) -> list[Output]:
    """What `encode_outputs` made.

    Raises:
        RunFormatError: It is not what the format says.
    """
    try:
        return _outputs(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RunFormatError(f"outputs must follow the run format. Received: {data[:80]!r} ({error})") from error


class _Version(msgspec.Struct):
    format: str


class _Manifest(Manifest, kw_only=True):
    outputs: msgspec.Raw = msgspec.Raw(b"[]")  # type: ignore[assignment] # a thousand thresholds, for `_outputs`


_manifest_decoder = msgspec.json.Decoder(_Manifest)
_outputs_decoder = msgspec.json.Decoder(list[Output])


@lru_cache(maxsize=64)
def _shared(text: bytes) -> list[Output]:
    """The same list each time: a thousand runs of one kind share one grid."""
    return _outputs(text)


def _outputs(text: bytes) -> list[Output]:
    """Outputs as a manifest states them."""
    outputs = _outputs_decoder.decode(text)
    for output in outputs:
        _check(output)
    names = [output.name for output in outputs]
    if len(set(names)) < len(names):
        raise RunFormatError(f"outputs in run.json must have a name each. Received: {listed(names)}")
    return outputs


def _check(output: Output) -> None:
    """What types do not say, and readers rely on."""
    edges, classes = output.thresholds, len(output.classes)
    if not edges or edges[0] < 0 or edges[-1] > 1 or any(high <= low for low, high in pairwise(edges)):
        raise RunFormatError(f"thresholds in run.json must increase, each in [0, 1]. Received: {edges[:9]}")
    if not 0 <= output.decision_threshold <= 1:
        raise RunFormatError(f"decision_threshold in run.json must be in [0, 1]. Received: {output.decision_threshold}")
    if not kind_of(output).fits(classes):
        raise RunFormatError(
            f"classes in run.json must name every class. Received: {classes} of a {output.kind} output"
        )
    if _counters(output) > COUNTER_BYTES:
        raise RunFormatError(
            f"an output in run.json must have at most {COUNTER_BYTES:,} bytes of counters. "
            f"Received: {classes:,} classes and {len(edges):,} thresholds"
        )


def _counters(output: Output) -> int:
    """Bytes of the histograms of an epoch, of the coarsest grid for very many classes, and of the matrix."""
    kind, classes, bins = kind_of(output), len(output.classes), len(output.thresholds) + 1
    histograms = 16 * kind.scores(classes) * bins
    matrix = 8 * classes * classes if kind.argmax and output.matrix else 0
    coarsest = bins <= COARSEST + 2 and classes <= MOST_CLASSES
    return matrix + (0 if coarsest else histograms)


def _check_version(version: str) -> None:
    if _major(version) > _major(FORMAT_VERSION):
        raise RunFormatError(
            f"run format must be at most {_major(FORMAT_VERSION)}.x; a newer epochreel reads more. Received: {version}"
        )


def _major(version: str) -> int:
    try:
        return int(version.split(".")[0])
    except ValueError:
        raise RunFormatError(f"format must be a version such as {FORMAT_VERSION}. Received: {version!r}") from None
