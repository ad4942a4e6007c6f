"""``python -m searcher`` and the console script ``searcher``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its status.

    An ordinary ``search`` goes straight to the answer; everything else through Typer.
    """
    args = sys.argv[1:]
    try:
        from searcher import cli

        if args and args[0] == "search":
            parsed = cli.parse_search(args[1:])
            if parsed is not None:
                words, values = parsed
                sys.exit(cli.guard(lambda: cli.search(words, values)))
        sys.exit(cli.guard(lambda: cli.app()(prog_name="searcher") or 0))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
