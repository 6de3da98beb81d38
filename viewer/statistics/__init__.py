"""Statistics of counts: pure functions of arrays; nothing here knows a run."""
