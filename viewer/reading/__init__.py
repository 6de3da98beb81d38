"""Bytes to tables: lines as they arrive, the folder as it changes, columns over epochs."""
