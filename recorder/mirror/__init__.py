"""A run in object storage: the local run folder goes on as it is, and what is whole of it is sent beside it.

`FORMAT.md` says how a run lies there. `fsspec` and what it needs for a kind of address are imported where something is
sent or fetched, and not before.
"""
