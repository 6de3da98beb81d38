"""One formula over epochs and thresholds."""
