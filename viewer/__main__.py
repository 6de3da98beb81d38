"""`python -m viewer` is `epochreel`."""

from __future__ import annotations

import os
import sys

from .needs import is_ours, sentence


def main() -> None:
    """Runs the command line; where what it is made of is not installed, says how to get it."""
    # Arrow's own allocator holds 10 to 18 MB more, and nothing here is quicker for it. Who sets it otherwise is heard.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        from .cli import main as run
    except ModuleNotFoundError as error:
        if not is_ours(error):
            raise
        print(f"epochreel: {sentence(error)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:  # to import all that takes a moment
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
