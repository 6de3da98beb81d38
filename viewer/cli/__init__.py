"""The command line: one file a command. What a command draws with is imported when it runs."""

from . import (
    choose,
    compare,
    config,
    doctor,
    export,
    formula_list,
    importing,
    index,
    listing,
    metrics,
    push,
    samples,
    watch,
)
from .app import app, main

__all__ = ["app", "main"]
del choose, compare, config, doctor, export, formula_list, importing, index, listing, metrics, push, samples, watch
