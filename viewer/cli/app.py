"""The application that every command joins, and what they all say and refuse in the same way."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.models import CommandInfo

from recorder.runfile.names import shown_lines

from ..needs import sentence as how_to_get_it

UsageError: Any = typer.BadParameter.__base__  # which the parser raises; typer does not export it

app = typer.Typer(
    name="epochreel",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watch trainings live, replay and compare them, and evaluate any formula of them later.\n\n"
    "RUN is one run: its folder, its name, a part of it that no other run has, or latest. FOLDER is a folder of runs, "
    "or one above it. Either may be in object storage: s3://bucket/runs, gs://, az://, hf://.",
)


def main() -> None:
    """Runs the command line; a user's mistake is one sentence and exit code 2."""
    gc.set_threshold(50_000, 20)  # a thousand runs are many objects, hardly one of which refers to itself
    atexit.register(gc.freeze)  # at the end all goes with the process; to look for such ones once more takes 0.2 s
    warnings.showwarning = _warned
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started this: a library may ask it whether it is a terminal
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - open until the end
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # not a file: somebody took its place
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # a code page lacks most letters
    try:
        code = asked(sys.argv[1:])(prog_name="epochreel", standalone_mode=False)
    except BrokenPipeError:  # whoever read the output has enough: `epochreel list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except (ValueError, OSError, MemoryError, ModuleNotFoundError, UsageError) as error:
        sentence = _sentence(error)
        if sentence:
            Console(stderr=True, soft_wrap=True).print(f"[red]epochreel:[/red] {escape(shown_lines(sentence))}")
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def asked(words: Sequence[str]) -> typer.Typer:
    """The application with the one command that words ask for; with all of them, where they ask for none.

    The parsers of all eighteen take 0.07 s to make, at each start.
    """
    first, alone = next(iter(words), ""), copy(app)
    alone.registered_commands = [one for one in app.registered_commands if _name_of(one) == first]
    alone.registered_groups = [one for one in app.registered_groups if one.name == first]
    return alone if alone.registered_commands or alone.registered_groups else app


def _name_of(command: CommandInfo) -> str | None:
    return command.name or (command.callback.__name__ if command.callback else None)


def _sentence(error: Any) -> str:
    """What went wrong; of the operating system's errors without their numbers; "" where the help has been shown."""
    if isinstance(error, UsageError):
        if not error.format_message():  # no word was given
            return ""
        where = f" ({error.ctx.command_path} --help)" if error.ctx is not None else ""
        told = getattr(error.__cause__, "errors", None)  # by what checks values for the parser, which leaves out which
        received = f". Received: {told()[0].get('input')}" if callable(told) else ""
        return f"{error.format_message()}{received}{where}"
    if isinstance(error, ModuleNotFoundError):
        return how_to_get_it(error)
    if isinstance(error, MemoryError):
        return f"there is not enough memory for this. {error}".strip()
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def _warned(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """A warning is a sentence, without the place in the program that gave it."""
    say(str(message))


def say(text: str) -> None:
    """A sentence to the person at the terminal; standard output stays for results."""
    Console(stderr=True, soft_wrap=True).print(escape(shown_lines(text)), highlight=False)


@app.callback(invoke_without_command=True)
def version_option(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Options of the command itself."""
    if version:
        from importlib import metadata  # with the whole of `email`

        print(f"epochreel {metadata.version('epochreel')}")
        raise typer.Exit
