"""What the shell offers when Tab is pressed behind a command."""

from __future__ import annotations

from collections import Counter


def run_names(incomplete: str) -> list[str]:
    """Names of runs that begin so: `latest`, names that one run alone has, and those of folders.

    Of names that a shell would read as more than a word none is offered: a run may come from anywhere.
    """
    from recorder.runfile import name_in_folder, slug

    from ..reading.find import find_runs
    from ..reading.naming import LATEST
    from ..run import usual_folder

    try:
        runs = find_runs(usual_folder())
    except (OSError, ValueError):  # the settings are broken: nobody wants to read that at a prompt
        return []
    alone = [name for name, often in Counter(name_in_folder(run.name) for run in runs).items() if often == 1]
    offered = [LATEST, *alone, *(run.name for run in reversed(runs))] if runs else []
    return [name for name in offered if name.startswith(incomplete) and slug(name) == name]
