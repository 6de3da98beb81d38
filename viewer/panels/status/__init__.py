"""Where a run stands, and its best values so far."""
