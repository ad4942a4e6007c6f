"""``python -m searcher`` and the console script ``searcher``."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence


def main() -> None:
    """Run the command line as a process of its own and end it with the command's status."""
    # One question is answered and all memory given back: collecting cycles costs 4 ms of
    # some 100, taking the interpreter apart in the end 10.
    gc.disable()
    # Nothing here multiplies matrices: the threads that NumPy's library starts for it at
    # import, one a processor, would only spin for a while (60 ms of processor time).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    status = run(sys.argv[1:])
    if os.environ.get("SEARCHER_DEBUG"):  # profilers write their figures at a regular end
        sys.exit(status)
    os._exit(status)


def run(args: Sequence[str]) -> int:
    """Answer an ordinary ``search`` and return its status, its output written.

    Everything else goes to Typer, which raises SystemExit.
    """
    try:
        from searcher import cli

        if args and args[0] == "search":
            parsed = cli.parse_search(args[1:])
            if parsed is not None:
                words, values = parsed
                return cli.guard(lambda: cli.search(words, values))
        gc.enable()
        return cli.guard(lambda: cli.app()(list(args), prog_name="searcher") or 0)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    main()
