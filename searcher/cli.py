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
    from searcher.query.planner import PlannerMemory

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

SINCE = Option("since", ("--since",), "text", 'Published then or later: "9 Maret 2023", kemarin.')
UNTIL = Option("until", ("--until",), "text", "Published then or earlier.")
PROFILE = Option(
    "profile",
    ("--profile",),
    "text",
    "Ranking: default, or plain for BM25 alone.",
    None,
    ("default", "plain"),
)
SET = Option("set", ("--set",), "list", "One ranking setting for this query: NAME=VALUE.", ())

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
    SINCE,
    UNTIL,
    PROFILE,
    SET,
    Option(
        "facet", ("--facet",), "list", "Also count the hits by this: source, place, month …", (),
        ("source", "place", "author", "category", "year", "month"),
    ),
    Option("no_snippets", ("--no-snippets",), "switch", "Ids only, no titles or text.", False),
    COLOR,
    QUIET,
)  # fmt: skip

EVAL_OPTIONS = (
    Option("queries", ("--queries",), "text", "Queries to ask: id TAB text, one a line."),
    Option("qrels", ("--qrels",), "text", "Judgements in TREC's format: query 0 article grade."),
    INDEX,
    Option(
        "corpus", ("--corpus",), "text",
        "Build an index of these articles for the occasion, with the ranking's k1 and b.",
    ),
    CONFIG,
    PROFILE,
    SET,
    Option(
        "compare", ("--compare",), "text", "Ranking to compare with.", None, ("default", "plain")
    ),
    Option(
        "compare_set", ("--compare-set",), "list",
        "One setting of the ranking to compare with: NAME=VALUE.", (),
    ),
    Option("run", ("--run",), "text", "Write the answers to this file, as a TREC run."),
    JSON,
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
                _Target(config, rebuild, values.get("workers", 1)),
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

    def __init__(self, config: Config, fresh: bool, workers: int = 1) -> None:
        self.config = config
        self.fresh = fresh
        self.workers = workers

    def writer(self) -> Any:
        from searcher.index.writer import Writer

        ranking = self.config.ranking
        return Writer(
            self.config.index,
            settings=self.config.analysis or None,
            fresh=self.fresh,
            workers=self.workers,
            **({"memory": self.config.limits["memory"]} if "memory" in self.config.limits else {}),
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


# stats, check, analyze, acronyms


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
    from searcher.index.check import problems
    from searcher.index.snapshot import Snapshot

    config = _config(values)
    wrong = [str(damage) for damage in problems(config.index)]
    if wrong and values.get("repair"):
        return repair(config, values)
    articles = None if wrong else Snapshot(config.index).n_live
    if values["json"]:
        put_json({"index": str(config.index), "articles": articles, "problems": wrong})
    else:
        for line in wrong:
            say(f"{config.index}: {line}")
        if not wrong and not values["quiet"]:
            put(f"{config.index} is sound: {articles} articles\n")
    return ERROR if wrong else FOUND


def repair(config: Config, values: Mapping[str, Any]) -> int:
    """Make a damaged index sound: from what can be read of it, then from the corpus."""
    from searcher.backends.embedded import open_index
    from searcher.index.repair import mend
    from searcher.ingest import files_have, read_again, update

    mended = mend(config.index, files_have=files_have, before_commit=read_again)
    for damage in mended.damages:
        say(f"{config.index}: {damage}")
    paths = [str(path) for path in config.corpus if os.path.exists(path)]
    if mended.hopeless and not paths:
        corpus = ", ".join(map(str, config.corpus))
        say(
            "nothing can be read without that file, and there is no corpus at "
            f"{corpus} to build the index from anew; nothing was changed"
        )
        return ERROR
    restored = 0
    if paths:
        report = update(
            _Target(config, mended.hopeless),
            paths,
            root=_root(paths, config),
            settings=config.reader(),
            rebuild=mended.hopeless,
            exclude=config.index,
        )
        for line in list(report.lines())[:-2]:
            say(line)
        restored = report.added
    index = open_index(config.index)
    lost = [article_id for article_id in mended.lost if article_id not in index]
    unknown = max(0, mended.lost_count - len(mended.lost) - restored)
    for article_id in lost[:20]:
        say(f"lost: {article_id} was in no file of the corpus")
    if len(lost) > 20:
        say(f"lost: {len(lost) - 20} more articles")
    if unknown:
        say(f"lost: {unknown} articles whose ids cannot be read")
    if mended.hopeless:
        say("articles that never were in the corpus are gone, deleted ones that are in it are back")
    facts = {
        "index": str(config.index),
        "articles": len(index),
        "saved": mended.saved,
        "restored": restored,
        "lost": lost,
        "unknown": unknown,
        "problems": [str(damage) for damage in mended.damages],
    }
    if values["json"]:
        put_json(facts)
    elif not values["quiet"]:
        put(
            f"{config.index} is repaired: {len(index)} articles, {mended.saved} of them saved from "
            f"damaged segments, {restored} restored from the corpus, {len(lost) + unknown} lost\n"
        )
    return ERROR if lost or unknown else FOUND


def analyze(words: Sequence[str], values: Mapping[str, Any]) -> int:
    """Print what becomes of a text: its terms, and what the index knows of each."""
    from searcher import render
    from searcher.analysis import Analyzer
    from searcher.errors import IndexMissing
    from searcher.query.lexicon import known

    color = has_color(values["color"])
    config = _config(values)
    try:
        memory = _memory(config)
    except IndexMissing:
        memory = None
    analyzer = memory.snapshot.analyzer if memory else Analyzer(config.analysis or None)
    found = list(known(" ".join(words), analyzer, memory))
    if values["json"]:
        put_json([word.as_dict() for word in found])
    else:
        n_docs = memory.snapshot.n_docs if memory else None
        put(render.known_text(found, n_docs, color=color))
    return FOUND if found else NONE


def acronyms(words: Sequence[str], values: Mapping[str, Any]) -> int:
    """Print the short forms that the articles explain."""
    from searcher import render
    from searcher.query.lexicon import acronyms

    rows = [
        row
        for row in acronyms(_memory(_config(values)), " ".join(words or ()))
        if row.used or values["all"]
    ]
    if values["json"]:
        put_json([row.as_dict() for row in rows])
    else:
        put(render.acronyms_text(rows))
    return FOUND if rows else NONE


def _memory(config: Config) -> PlannerMemory:
    """What planners know of the index."""
    from searcher.index.snapshot import Snapshot
    from searcher.query.planner import PlannerMemory

    return PlannerMemory(Snapshot(config.index))


# explain, eval


def explain(words: Sequence[str], values: Mapping[str, Any]) -> int:
    """Print why an article has its score; the last of ``words`` is its id."""
    from searcher import render
    from searcher.backends.embedded import open_index

    if len(words) < 2:
        raise UsageError("explain takes a query and an id: searcher explain QUERY ID")
    color = has_color(values["color"])
    config = _config(values)
    told = open_index(config.index).explain(
        " ".join(words[:-1]),
        words[-1],
        since=_day("since", values["since"], 0),
        until=_day("until", values["until"], 1),
        profile=values["profile"] or config.profile,
        options=_ranking(config, values),
    )
    if values["json"]:
        put_json(told.as_dict())
    else:
        put(render.explanation_text(told, color=color))
    return FOUND if told.matches else NONE


def evaluate(values: Mapping[str, Any]) -> int:
    """Measure a ranking with judged queries, or compare two."""
    import json
    from pathlib import Path

    from searcher.evaluate import run
    from searcher.evaluate.systems import Bench, System, fixed_in
    from searcher.render import clean

    for name in ("queries", "qrels"):
        if values[name] is None:
            raise UsageError(f"eval needs --{name} FILE")
    if values["corpus"] is not None and values["index"] is not None:
        raise UsageError("give --index or --corpus, not both")
    config = _config(values)
    corpus = None if values["corpus"] is None else Path(values["corpus"])
    if corpus is not None and not corpus.exists():
        raise UsageError(f"{corpus}: no such file or directory")
    systems = [System(values["profile"] or config.profile, _ranking(config, values))]
    if values["compare"] is not None or values["compare_set"]:
        profile = values["compare"] or values["profile"] or config.profile
        systems.append(System(profile, _ranking(config, {"set": values["compare_set"]})))

    def told(report: Any) -> None:
        if not values["quiet"]:
            for line in list(report.lines())[:-1]:
                say(line)

    with _progress(values["quiet"]) as progress, Bench(
        corpus, config.index, analysis=config.analysis, reader=config.reader(), told=told,
        progress=progress,
    ) as bench:  # fmt: skip
        indexes = [bench.index(system) for system in systems]
        for system, index in zip(systems, indexes, strict=True):
            if fixed_in(index) != system.fixed:
                k1, b = fixed_in(index)
                say(
                    f"{system.name}: the index was built with k1 = {k1:g} and b = {b:g}, which "
                    "stay; --corpus builds one with others"
                )
        searches = [system.search(index) for system, index in zip(systems, indexes, strict=True)]
        text = run(
            Path(values["queries"]),
            Path(values["qrels"]),
            *searches,
            name_a=systems[0].name,
            name_b=systems[-1].name,
            run_path=None if values["run"] is None else Path(values["run"]),
            as_json=values["json"],
        )
    if values["json"]:
        put_json(json.loads(text))
    else:
        put("".join(f"{clean(line)}\n" for line in text.splitlines()))
    return FOUND


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


_ALL = Option("all", ("--all",), "switch", "Also those too rare to be used in a search.", False)
_PRUNE = Option(
    "prune", ("--prune",), "switch", "Remove the articles of files that are gone.", False
)

_WORKERS = Option(
    "workers", ("--workers",), "number", "Processes that turn many articles into an index.", 1
)

_REPAIR = Option(
    "repair", ("--repair",), "switch", "Mend what is damaged, with the corpus if there.", False
)

COMMANDS = (
    Command(
        "index", lambda paths, v: index(paths, v), "PATH", "any",
        (INDEX, CONFIG, _PRUNE, _WORKERS, JSON, QUIET),
        "Bring the index up to date with files and directories (default: corpus/).",
    ),
    Command(
        "rebuild", lambda paths, v: index(paths, v, rebuild=True), "PATH", "any",
        (INDEX, CONFIG, _WORKERS, JSON, QUIET),
        "Build the index anew; the old one serves until the new one is complete.",
    ),
    Command("search", search, "QUERY", "many", SEARCH_OPTIONS, "Find articles."),
    Command("show", show, "ID", "one", (INDEX, CONFIG, JSON, COLOR), "Print one article."),
    Command(
        "stats", lambda _, v: stats(v), "", "none", (INDEX, CONFIG, JSON),
        "Print what the index holds.",
    ),
    Command(
        "check", lambda _, v: check(v), "", "none", (INDEX, CONFIG, _REPAIR, JSON, QUIET),
        "Read all of the index and report damage.",
    ),
    Command(
        "analyze", analyze, "TEXT", "many", (INDEX, CONFIG, JSON, COLOR),
        "Print what becomes of a text: terms, and what the index knows of each.",
    ),
    Command(
        "acronyms", acronyms, "TEXT", "any",
        (INDEX, CONFIG, _ALL, JSON),
        "Print the short forms that the articles explain, or those with a text in them.",
    ),
    Command(
        "explain", explain, "QUERY... ID", "many",
        (INDEX, CONFIG, SINCE, UNTIL, PROFILE, SET, JSON, COLOR),
        "Print why an article has its score for a query, or why it does not match.",
    ),
    Command(
        "eval", lambda _, v: evaluate(v), "", "none", EVAL_OPTIONS,
        "Measure a ranking with judged queries, or compare two.",
    ),
)  # fmt: skip


def all_options(command: Command) -> tuple[Option, ...]:
    """The options of a command, the switches of the ranking where it has settings."""
    return command.options + (switches() if SET in command.options else ())


def _typer_function(command: Command) -> Callable[..., None]:
    """A function with the signature that Typer reads options from."""
    import inspect

    import typer

    options = all_options(command)
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
    return (
        f"{command.operand}..."
        if command.operand.isalpha() and command.nargs != "one"
        else command.operand
    )


def _command_class(command: Command) -> Any:
    from typer.core import TyperCommand

    if command.nargs != "many":
        return TyperCommand
    options = all_options(command)

    class QueryCommand(TyperCommand):
        """Takes ``-impor`` for a word of the query."""

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            given, words, complete = separate(args, options)
            return super().parse_args(ctx, [*given, "--", *words] if complete else given)

    return QueryCommand
