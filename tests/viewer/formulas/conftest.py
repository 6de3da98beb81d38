"""What the tests of formulas evaluate them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from recorder.runfile import KINDS
from viewer.counts.confusion import counts_from_matrix
from viewer.formulas import Inputs, evaluate, parse_spec


@pytest.fixture(scope="session")
def ask() -> Callable[..., Any]:
    """`ask(question, counts or matrix or logs, average=...)`: the values of a formula as a program gets them."""

    def ask(
        question: Any,
        *,
        counts: Any = None,
        matrix: Any = None,
        logs: Mapping[str, Any] | None = None,
        kind: str = "binary",
        classes: tuple[str, ...] = ("negative", "positive"),
        average: str | None = None,
    ) -> Any:
        epochs = len(next(iter((logs or {"": [0]}).values())))
        four = np.zeros((4, 1, epochs), np.int64) if counts is None else np.asarray(counts)
        if matrix is not None:
            matrix = np.asarray(matrix, np.int64)
            four = np.stack(counts_from_matrix(matrix))
        tp, fp, tn, fn = four
        inputs = Inputs(
            tp=tp,
            fp=fp,
            tn=tn,
            fn=fn,
            matrix=matrix,
            logs={name: np.asarray(values, np.float64) for name, values in (logs or {}).items()},
            kind=KINDS[kind],
            classes=classes,
            argmax=matrix is not None,
        )
        return evaluate(parse_spec(question), inputs, average)

    return ask
