"""The command line: one file a command. What a command draws with is imported when it runs."""

from . import config, export, listing, metrics, watch
from .app import app, main

__all__ = ["app", "main"]
del config, export, listing, metrics, watch
