"""What is not there: the packages of each extra, and the one sentence that says which extra to install.

    with told():
        import jinja2

Each name here is imported where it is needed and not before; `needs.pandas` hands pandas to the many who take it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# By extra, as pyproject.toml has them: the names under which its packages are imported.
EXTRAS = {
    "viewer": ("pandas", "matplotlib", "platformdirs", "watchdog", "typer", "rich"),
    "web": ("tornado",),
    "text": ("plotille",),
    "film": ("imageio_ffmpeg", "PIL", "jinja2"),
    "notebook": ("IPython", "anywidget"),
    "qt": ("PySide6",),
    "tensorboard": ("tensorboard",),
    "sql": ("duckdb",),
    "dask": ("distributed",),
}
_OF = {module: extra for extra, modules in EXTRAS.items() for module in modules}


def is_ours(error: ModuleNotFoundError) -> bool:
    """Whether one of the extras brings what is missing."""
    return (error.name or "").partition(".")[0] in _OF


def sentence(error: ModuleNotFoundError) -> str:
    """What to install for a module that is missing; the error's own words where it is none of ours."""
    if not is_ours(error):
        return str(error)
    name = (error.name or "").partition(".")[0]
    extra = _OF[name]
    whole = "" if extra in ("qt", "tensorboard", "sql", "dask") else ", or everything with pip install 'epochreel[all]'"
    return f"this needs {name}, which is not installed: pip install 'epochreel[{extra}]'{whole}"


@contextmanager
def told() -> Iterator[None]:
    """An import inside that fails says what to install.

    Raises:
        ModuleNotFoundError: A module is missing; the message names its extra.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(sentence(error), name=error.name, path=error.path) from error
