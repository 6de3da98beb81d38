"""pandas, or the sentence that says how to get it."""

from __future__ import annotations

from . import told

with told():
    import pandas as pd

__all__ = ["pd"]
