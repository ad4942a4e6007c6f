"""Command line → request → index → render. No search logic, no markup.

Data goes to standard output, progress and notices to standard error. Exit status, as
grep's: 0 something was found (or done), 1 nothing was found, 2 an error.

``searcher search`` is started anew for every question, so what it costs to start is
felt: its options are rows of :data:`SEARCH_OPTIONS`, read by :func:`parse_search` in
microseconds. Typer, which takes longer to import than a search takes, is built from the
same rows for everything else: help, completion, mistakes and the other commands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from searcher.errors import ArticleNotFound, SearcherError

if TYPE_CHECKING:
    from datetime import date

    import typer

    from searcher.config import Config
    from searcher.ingest import Progress

FOUND, NONE, ERROR, INTERRUPTED = 0, 1, 2, 130


class UsageError(SearcherError):
    """The command line asks for something that cannot be meant."""


# Options


class Option(NamedTuple):
    """One option of a command. ``kind`` is "text", "number", "switch" or "list" (may be
    repeated); ``choices`` are offered by completion and checked when used."""

    name: str
    flags: tuple[str, ...]
    kind: str
    help: str
    default: object = None
    choices: tuple[str, ...] = ()


INDEX = Option(
    "index",
    ("--index", "-i"),
    "text",
    "Directory of the index (default: index_data, or as configured).",
)
CONFIG = Option(
    "config", ("--config",), "text", "Settings file (default: searcher.yaml, if there)."
)
JSON = Option("json", ("--json",), "switch", "Print JSON.", False)
QUIET = Option("quiet", ("--quiet", "-q"), "switch", "No progress and no notices.", False)
COLOR = Option(
    "color",
    ("--color",),
    "text",
    "Colour: auto, always or never.",
    "auto",
    ("auto", "always", "never"),
)

SEARCH_OPTIONS = (
    INDEX,
    CONFIG,
    JSON,
    Option("limit", ("--limit", "-n"), "number", "Most hits to show.", 10),
    Option("offset", ("--offset",), "number", "Hits to leave out before the first.", 0),
    Option(
        "sort", ("--sort",), "text", "Order: relevance, newest or oldest.", "relevance",
        ("relevance", "newest", "oldest"),
    ),
    Option("since", ("--since",), "text", 'Published then or later: "9 Maret 2023", kemarin.'),
    Option("until", ("--until",), "text", "Published then or earlier."),
    Option(
        "profile", ("--profile",), "text", "Ranking: default, or plain for BM25 alone.", None,
        ("default", "plain"),
    ),
    Option("set", ("--set",), "list", "One ranking setting for this query: NAME=VALUE.", ()),
    Option(
        "facet", ("--facet",), "list", "Also count the hits by this: source, place, month …", (),
        ("source", "place", "author", "category", "year", "month"),
    ),
    Option("no_snippets", ("--no-snippets",), "switch", "Ids only, no titles or text.", False),
    COLOR,
    QUIET,
)  # fmt: skip


def switches() -> tuple[Option, ...]:
    """``--no-NAME`` for every ranking setting that is on or off."""
    from searcher.config import settings

    return tuple(
        Option(
            f"no_{name}",
            (f"--no-{name.replace('_', '-')}",),
            "switch",
            f"Switch off: {row.meaning}.",
            False,
        )
        for name, row in settings().items()
        if isinstance(row.default, bool)
    )


class Separated(NamedTuple):
    """Arguments told apart: options with their values, and the words of a query."""

    given: list[str]
    words: list[str]
    complete: bool  # False if the last option lacks its value


def separate(args: Sequence[str], options: Iterable[Option]) -> Separated:
    """Tell options from query words: ``-impor`` excludes a word and is no ``-i mpor``.

    A word with one hyphen is an option only if it is exactly a short option, or ``-n``
    with its number. Two hyphens are always an option. After ``--`` all are words.

    >>> separate(["beras", "-impor", "-n5", "--json"], SEARCH_OPTIONS)[:2]
    (['-n', '5', '--json'], ['beras', '-impor'])
    """
    takes_value = {flag: o.kind != "switch" for o in options for flag in o.flags}
    given: list[str] = []
    words: list[str] = []
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            words += rest
        elif arg[:2] == "-n" and arg[2:].isdecimal() and "-n" in takes_value:
            given += ("-n", arg[2:])
        elif arg.startswith("--") or arg in takes_value or arg == "-h":
            given.append(arg)
            if takes_value.get(arg):
                value = next(rest, None)
                if value is None:
                    return Separated(given, words, False)
                given.append(value)
        else:
            words.append(arg)
    return Separated(given, words, True)


def parse_search(args: Sequence[str]) -> tuple[list[str], dict[str, Any]] | None:
    """The words and options of a ``search`` command, or None for what Typer must answer:
    help, an option that does not exist, a value that is missing or no number."""
    options: tuple[Option, ...] = SEARCH_OPTIONS
    if any(arg.startswith("--no-") and arg != "--no-snippets" for arg in args):
        options = (*options, *switches())
    given, words, complete = separate(args, options)
    if not words or not complete:
        return None
    by_flag = {flag: option for option in options for flag in option.flags}
    values: dict[str, Any] = {o.name: [] if o.kind == "list" else o.default for o in options}
    rest = iter(given)
    for arg in rest:
        flag, equals, value = arg.partition("=")
        option = by_flag.get(flag)
        if option is None or (equals and option.kind == "switch"):
            return None
        if option.kind == "switch":
            values[option.name] = True
            continue
        if not equals:
            value = next(rest)
        if option.kind == "number":
            if not (value.isascii() and value.isdecimal()):
                return None
            values[option.name] = int(value)
        elif option.kind == "list":
            values[option.name].append(value)
        else:
            values[option.name] = value
    return words, values


# What every command shares


def guard(run: Callable[[], int]) -> int:
    """Run a command and return its exit status; whatever goes wrong is one line."""
    try:
        try:
            return run()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        _drop_output()
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        _drop_output()
        return FOUND
    except ArticleNotFound as error:
        say(str(error))
        return NONE
    except SearcherError as error:
        say(str(error))
    except OSError as error:
        if os.environ.get("SEARCHER_DEBUG"):
            raise
        where = f"{error.filename}: " if error.filename else ""
        say(f"{where}{error.strerror or error}")
        _drop_output()
    except MemoryError:
        say("out of memory")
    except Exception as error:
        if os.environ.get("SEARCHER_DEBUG"):
            raise
        say(
            f"internal error, {type(error).__name__}: {error}. This is a fault of searcher: please "
            "report it with the command and what SEARCHER_DEBUG=1 prints"
        )
    return ERROR


def say(message: str) -> None:
    """A notice for the person at the terminal, on standard error."""
    from searcher.render import clean

    # No one may be there to tell.
    with suppress(OSError, UnicodeError):
        print(f"searcher: {clean(message)}", file=sys.stderr)


def _drop_output() -> None:
    """Let the interpreter flush into nothing at its exit, instead of failing again."""
    # There may be no real file behind it, as in tests.
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def put(text: str, *, utf8: bool = False) -> None:
    """Data, on standard output. JSON is UTF-8 whatever the terminal speaks."""
    if sys.stdout is None:
        return
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        if utf8:
            reconfigure(encoding="utf-8")
        else:
            reconfigure(errors="replace")
    sys.stdout.write(text)


def put_json(value: object) -> None:
    from searcher.render import to_json

    put(to_json(value) + "\n", utf8=True)


def has_color(wish: str) -> bool:
    """Whether to print colour: ``auto`` means on a terminal that has not declined it."""
    if wish not in COLOR.choices:
        raise UsageError(f"--color is {wish!r}, not {_either(COLOR.choices)}")
    if wish != "auto":
        return wish == "always"
    declined = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not declined and _is_terminal(sys.stdout)


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def terminal_width() -> int | None:
    """Columns to fill on a terminal, at most 100; None where nobody reads: no wrapping."""
    if not _is_terminal(sys.stdout):
        return None
    columns = os.environ.get("COLUMNS", "")
    try:
        width = int(columns) if columns.isdecimal() else os.get_terminal_size(1).columns
    except OSError:
        width = 80
    return max(30, min(width or 80, 100))


def _either(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _config(values: Mapping[str, Any]) -> Config:
    from searcher.config import load

    return load(values.get("config"), values.get("index"))


# search, show


def search(words: Sequence[str], values: Mapping[str, Any]) -> int:
    """Answer one query. ``values`` are those of :func:`parse_search`."""
    from searcher import render

    color = has_color(values["color"])
    config = _config(values)
    since, until = _day("since", values["since"], 0), _day("until", values["until"], 1)
    if values["sort"] not in ("relevance", "newest", "oldest"):
        raise UsageError(f"--sort is {values['sort']!r}, not relevance, newest or oldest")
    asked: dict[str, Any] = {}
    if config.snippet_width != 240:
        asked["snippet_width"] = config.snippet_width
    if config.snippet_passages != 2:
        asked["snippet_passages"] = config.snippet_passages
    from searcher.backends.embedded import open_index

    results = open_index(config.index).search(
        " ".join(words),
        limit=values["limit"],
        offset=values["offset"],
        sort=values["sort"],
        since=since,
        until=until,
        profile=values["profile"] or config.profile,
        options=_ranking(config, values),
        snippets=not values["no_snippets"],
        facets=tuple(values["facet"]),
        **asked,
    )
    if values["json"]:
        put(render.as_json(results) + "\n", utf8=True)
    else:
        if values["quiet"]:
            from dataclasses import replace

            results = replace(results, receipt=())
        put(render.as_text(results, color=color, width=terminal_width()))
    return FOUND if results.total else NONE


def _day(option: str, text: str | None, end: int) -> date | None:
    """The first (``end`` 0) or last (1) day that an Indonesian date means."""
    if text is None:
        return None
    from datetime import date

    from searcher.dates import day_range

    days = day_range(text, date.today())
    if days is None or days[end] is None:
        raise UsageError(
            f'--{option} is {text!r}, not a date; write 2023-03-09, "9 Maret 2023", 2023 or kemarin'
        )
    return days[end]


def _ranking(config: Config, values: Mapping[str, Any]) -> dict[str, object]:
    """The ranking settings of this query: configured, then --set, then --no-…"""
    options = dict(config.ranking)
    for item in values["set"]:
        from searcher.config import setting

        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--set is {item!r}, not NAME=VALUE")
        options[name.strip().replace("-", "_")] = setting(name, value)
    for name, value in values.items():
        if value is True and name.startswith("no_") and name != "no_snippets":
            options[name.removeprefix("no_")] = False
    return options


def show(article_id: str, values: Mapping[str, Any]) -> int:
    """Print one article."""
    from searcher import render
    from searcher.backends.embedded import open_index

    color = has_color(values["color"])
    article = open_index(_config(values).index).get(article_id)
    if values["json"]:
        put_json(article.as_dict())
    else:
        put(render.article_text(article, color=color, width=terminal_width()))
    return FOUND


# index, rebuild


def index(paths: Sequence[str], values: Mapping[str, Any], *, rebuild: bool = False) -> int:
    """Bring the index up to date with files, or build it anew from them."""
    from searcher.ingest import update

    config = _config(values)
    given = list(paths) or [str(path) for path in config.corpus]
    for path in given:
        if not os.path.exists(path):
            raise UsageError(f"{path}: no such file or directory")
    try:
        with _progress(values["quiet"]) as progress:
            report = update(
                _Target(config, rebuild),
                given,
                root=_root(given, config),
                settings=config.reader(),
                prune=bool(values.get("prune")),
                rebuild=rebuild,
                progress=progress,
                exclude=config.index,
            )
    except KeyboardInterrupt:
        say("interrupted; the same command goes on from what was committed")
        raise
    lines = list(report.lines())
    if values["json"]:
        put_json(_report(report))
    elif not values["quiet"]:
        # What went wrong is told on standard error, the two lines of figures are data.
        for line in lines[:-2]:
            say(line)
        put("\n".join([*lines[-2:], f"index: {config.index}, {_size(config)}"]) + "\n")
    return FOUND if report.ok else ERROR


def _root(given: Sequence[str], config: Config) -> str | None:
    """The folder that ids are relative to: the configured corpus if all that is given
    lies in it, so that one new file gets the id that the whole corpus gives it."""
    corpus = [os.path.abspath(path) for path in config.corpus]
    root = os.path.commonpath(corpus)
    if not os.path.isdir(root):
        root = os.path.dirname(root)
    whole = os.path.commonpath([root, *map(os.path.abspath, given)])
    return root if whole == root and len(root) > 1 else None


class _Target:
    """The index as ingest sees it: something with a writer."""

    def __init__(self, config: Config, fresh: bool) -> None:
        self.config = config
        self.fresh = fresh

    def writer(self) -> Any:
        from searcher.index.writer import Writer

        ranking = self.config.ranking
        return Writer(
            self.config.index,
            settings=self.config.analysis or None,
            fresh=self.fresh,
            **{name: ranking[name] for name in ("k1", "b") if name in ranking},  # type: ignore[arg-type]
        )


def _report(report: Any) -> dict[str, Any]:
    from dataclasses import fields

    out: dict[str, Any] = {}
    for item in fields(report):
        value = getattr(report, item.name)
        if item.name in ("skipped", "warnings"):
            value = [{"path": s.path, "line": s.line, "reason": s.reason} for s in value]
        out[item.name] = list(value) if isinstance(value, tuple) else value
    return out


def _size(config: Config) -> str:
    size = sum(
        entry.stat(follow_symlinks=False).st_size
        for entry in os.scandir(config.index)
        if entry.is_file(follow_symlinks=False)
    )
    return f"{size / 1e6:.1f} MB"


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress | None]:
    """A bar on standard error while it is a terminal; nothing otherwise."""
    if quiet or not _is_terminal(sys.stderr):
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:  # Typer brings it, but does not need it
        yield None
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("reading", total=None)

        def progress(articles: int, files: int, done: int, total: int) -> None:
            bar.update(
                task,
                description=f"{articles:,} articles, {files:,} files".replace(",", " "),
                completed=done,
                total=total or None,
            )

        yield progress


# stats, check, analyze


def stats(values: Mapping[str, Any]) -> int:
    """Print what the index holds."""
    from searcher import render
    from searcher.backends.embedded import open_index

    facts = open_index(_config(values).index).stats()
    if values["json"]:
        put_json(facts)
    else:
        put(render.facts_text(facts))
    return FOUND


def check(values: Mapping[str, Any]) -> int:
    """Read every byte of the index and say what is not as it was written."""
    from searcher.index.snapshot import Snapshot

    config = _config(values)
    snapshot = Snapshot(config.index)
    wrong = snapshot.check()
    if values["json"]:
        put_json({"index": str(config.index), "articles": snapshot.n_live, "problems": wrong})
    else:
        for line in wrong:
            say(f"{config.index}: {line}")
        if not wrong and not values["quiet"]:
            put(f"{config.index} is sound: {snapshot.n_live} articles\n")
    return ERROR if wrong else FOUND


def analyze(words: Sequence[str], values: Mapping[str, Any]) -> int:
    """Print what becomes of a text: its terms, and what the index knows of each."""
    from searcher import render
    from searcher.analysis import Analyzer
    from searcher.errors import IndexMissing
    from searcher.index.snapshot import Snapshot

    config = _config(values)
    try:
        snapshot: Snapshot | None = Snapshot(config.index)
    except IndexMissing:
        snapshot = None
    analyzer = snapshot.analyzer if snapshot else Analyzer(config.analysis or None)
    rows = []
    text = " ".join(words)
    for token in analyzer.analyze(text):
        row: dict[str, Any] = {
            "term": token.term,
            "position": token.position,
            "text": text[token.start : token.end],
            "kind": token.kind,
            "weight": analyzer.weight(token.term),
        }
        if snapshot:
            root = snapshot.root(token.term)
            row["articles"] = snapshot.doc_freq("text", token.term)
            row["root"] = root
            row["family"] = sorted(snapshot.forms(root)) if root else []
        rows.append(row)
    if values["json"]:
        put_json(rows)
    else:
        put(render.rows_text(rows))
    return FOUND if rows else NONE


# Typer


def app() -> typer.Typer:
    """The command line with its help and completion, built from the same options."""
    import typer

    program = typer.Typer(
        name="searcher",
        help="Search Indonesian news: ranked articles with highlighted passages.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def version(wanted: bool) -> None:
        if wanted:
            from importlib.metadata import version

            put(f"searcher {version('searcher')}\n")
            raise typer.Exit

    @program.callback()
    def main(
        _version: bool = typer.Option(
            False, "--version", callback=version, is_eager=True, help="Print the version."
        ),
    ) -> None:
        pass

    for command in COMMANDS:
        program.command(command.name, help=command.help, cls=_command_class(command))(
            _typer_function(command)
        )
    return program


class Command(NamedTuple):
    """One command: its operands (``nargs`` as in "many", "one", "none") and options."""

    name: str
    run: Callable[[Any, dict[str, Any]], int]
    operand: str
    nargs: str
    options: tuple[Option, ...]
    help: str


_PRUNE = Option(
    "prune", ("--prune",), "switch", "Remove the articles of files that are gone.", False
)

COMMANDS = (
    Command(
        "index", lambda paths, v: index(paths, v), "PATH", "any",
        (INDEX, CONFIG, _PRUNE, JSON, QUIET),
        "Bring the index up to date with files and directories (default: corpus/).",
    ),
    Command(
        "rebuild", lambda paths, v: index(paths, v, rebuild=True), "PATH", "any",
        (INDEX, CONFIG, JSON, QUIET),
        "Build the index anew; the old one serves until the new one is complete.",
    ),
    Command("search", search, "QUERY", "many", SEARCH_OPTIONS, "Find articles."),
    Command("show", show, "ID", "one", (INDEX, CONFIG, JSON, COLOR), "Print one article."),
    Command(
        "stats", lambda _, v: stats(v), "", "none", (INDEX, CONFIG, JSON),
        "Print what the index holds.",
    ),
    Command(
        "check", lambda _, v: check(v), "", "none", (INDEX, CONFIG, JSON, QUIET),
        "Read all of the index and report damage.",
    ),
    Command(
        "analyze", analyze, "TEXT", "many", (INDEX, CONFIG, JSON),
        "Print what becomes of a text: terms, and what the index knows of each.",
    ),
)  # fmt: skip


def _typer_function(command: Command) -> Callable[..., None]:
    """A function with the signature that Typer reads options from."""
    import inspect

    import typer

    options = command.options + (switches() if command.name == "search" else ())
    types = {"text": str | None, "number": int, "switch": bool, "list": list[str]}
    parameters = []
    if command.nargs != "none":
        many = command.nargs != "one"
        parameters.append(
            inspect.Parameter(
                "operand",
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=typer.Argument(
                    None if command.nargs == "any" else ..., metavar=_metavar(command)
                ),
                annotation=list[str] if many else str,
            )
        )
    for option in options:
        default = list(option.default) if isinstance(option.default, tuple) else option.default
        parameters.append(
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=typer.Option(
                    default,
                    *option.flags,
                    help=option.help,
                    min=0 if option.kind == "number" else None,
                    show_default=option.default not in (None, (), False),
                    autocompletion=_offer(option.choices) if option.choices else None,
                ),
                annotation=types[option.kind],
            )
        )

    def function(**values: Any) -> None:
        operand = values.pop("operand", None)
        if command.nargs in ("any", "many"):
            operand = list(operand or [])
        for option in options:
            if option.kind == "list":
                values[option.name] = list(values[option.name] or [])
        raise typer.Exit(guard(lambda: command.run(operand, values)))

    function.__name__ = command.name
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


def _offer(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """Completion of an option's value."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete


def _metavar(command: Command) -> str:
    return command.operand if command.nargs == "one" else f"{command.operand}..."


def _command_class(command: Command) -> Any:
    from typer.core import TyperCommand

    if command.nargs != "many":
        return TyperCommand
    options = command.options + (switches() if command.name == "search" else ())

    class QueryCommand(TyperCommand):
        """Takes ``-impor`` for a word of the query."""

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            given, words, complete = separate(args, options)
            return super().parse_args(ctx, [*given, "--", *words] if complete else given)

    return QueryCommand
