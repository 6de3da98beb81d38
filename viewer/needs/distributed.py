"""Dask's distributed scheduler, of the extra `dask`."""

from . import told

with told():
    from distributed import Client, as_completed

__all__ = ["Client", "as_completed"]
