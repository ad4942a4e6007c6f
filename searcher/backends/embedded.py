"""The index in a directory, searched in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial, wraps
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from searcher.article import Article
from searcher.backends.question import Parsed, Question
from searcher.errors import ArticleNotFound, ConfigError, IndexCorrupt, SearcherError
from searcher.index import manifest
from searcher.index.pulse import Pulse
from searcher.index.segment import Segment
from searcher.index.snapshot import Snapshot
from searcher.query.execute import Execution, Found
from searcher.query.plan import Plan
from searcher.query.planner import Planner, PlannerMemory
from searcher.query.ranking import Ranking, ranking
from searcher.query.words import plain_words
from searcher.results import Hit, Results, SearchRequest, Sort

if TYPE_CHECKING:
    from searcher.index.writer import Writer
    from searcher.query.explain import Explanation

#: What an answer can be counted by.
FACETS = ("source", "place", "author", "category", "month", "year")
#: Plans kept for queries asked again, and pages of their answers.
REMEMBERED = 1024
REMEMBERED_PAGES = 256


def open_index(path: str | os.PathLike[str] = "index_data") -> Index:
    """Open the index in a directory. Raises IndexMissing, IndexVersion or IndexCorrupt."""
    return Index(Path(path))


def create_index(path: str | os.PathLike[str], settings: Mapping[str, Any] | None = None) -> Index:
    """Make an empty index, or open the one that is there.

    ``settings`` are edits of the shipped analysis rules, as under ``analysis:`` in
    ``searcher.yaml``.
    """
    directory = Path(path)
    if not (directory / manifest.NAME).exists():
        from searcher.index.writer import Writer

        with Writer(directory, settings=settings, fresh=True):
            pass
    return Index(directory)


class View:
    """One committed state with what has been remembered about it."""

    def __init__(self, directory: Path) -> None:
        self.pulse = Pulse(directory)
        self.stamp = _stamp(str(directory / manifest.NAME))
        self.snapshot = Snapshot(directory)
        self.memory = PlannerMemory(self.snapshot)
        # What is remembered does not refer to the view. If it did, a state that nobody needs
        # any more would keep its files open until the garbage collector comes by.
        self.plan = lru_cache(REMEMBERED)(partial(_plan, self.snapshot, self.memory))
        self.read = partial(_read, self.snapshot, self.memory, self.plan)
        self.execution = lru_cache(REMEMBERED)(partial(_execution, self.snapshot, self.read))
        self.ask = partial(_ask, self.snapshot, self.read, self.execution)
        self.ask_again = lru_cache(REMEMBERED_PAGES)(self.ask)


#: Plans a text; remembers.
Planned: TypeAlias = "Callable[[str, Ranking, date | None], tuple[Plan, Parsed]]"
#: Plans a text or a query of Whoosh's, within a period.
Reads: TypeAlias = "Callable[[Any, Ranking, date | None, date | None], tuple[Plan, Parsed]]"
#: A plan ready to run, and what the query asks for beside words.
Ready: TypeAlias = "tuple[Execution, Parsed]"


def _plan(
    snapshot: Snapshot, memory: PlannerMemory, text: str, settings: Ranking, day: date | None
) -> tuple[Plan, Parsed]:
    planner = Planner(snapshot, settings, memory)
    words = plain_words(text)
    if words is not None:
        return planner.plan_words(words), Parsed()
    from searcher.query.compile import Compiler
    from searcher.query.parser import parse

    parsed = parse(text, today=day)
    planner.notices.extend(parsed.notices)
    plan = Compiler(planner).plan(parsed.query)
    return plan, Parsed(parsed.since, parsed.until, parsed.sort)


def _read(
    snapshot: Snapshot,
    memory: PlannerMemory,
    plan: Planned,
    text: Any,
    settings: Ranking,
    since: date | None,
    until: date | None,
) -> tuple[Plan, Parsed]:
    """The plan of a query, and what it asks for beside words; its period lies within the one
    given."""
    if isinstance(text, str):
        planned, parsed = plan(text, settings, _day_of(text))
    else:
        from searcher.query.compile import Compiler

        planned = Compiler(Planner(snapshot, settings, memory)).plan(text)
        parsed = Parsed()
    return planned, Parsed(
        max(filter(None, (since, parsed.since)), default=None),
        min(filter(None, (until, parsed.until)), default=None),
        parsed.sort,
    )


def _day_of(text: str) -> date | None:
    """Today, where the plan of a text may ask for it: then it holds for this day only."""
    return date.today() if ":" in text or "[" in text else None


def _execution(
    snapshot: Snapshot,
    read: Reads,
    text: Any,
    profile: str,
    options: Mapping[str, object] | None,
    since: date | None,
    until: date | None,
    day: date | None,  # part of what is remembered
) -> Ready:
    """Everything about a query that does not depend on how much of the answer is wanted."""
    plan, parsed = read(text, ranking(profile, options), since, until)
    return Execution(snapshot, plan, parsed.filters()), parsed


def _ask(
    snapshot: Snapshot,
    read: Reads,
    remembered: Callable[..., Ready],
    text: Any,
    limit: int,
    offset: int,
    sort: Sort,
    since: date | None,
    until: date | None,
    profile: str,
    snippets: bool,
    width: int,
    passages: int,
    day: date | None,
    options: Mapping[str, object] | None = None,
    facets: Sequence[str] = (),
) -> Question:
    if sort not in ("relevance", "newest", "oldest"):
        raise ConfigError(f"no sort order {sort!r}; there are: relevance, newest, oldest")
    for facet in facets:
        if facet not in FACETS:
            raise ConfigError(f"no facet {facet!r}; there are: {', '.join(FACETS)}")
    if options or not isinstance(text, str):
        ready = _execution(snapshot, read, text, profile, options, since, until, day)
    else:
        ready = remembered(text, profile, None, since, until, day)
    return Question(
        *ready, text, limit, offset, sort, profile, options, snippets, facets, width, passages
    )


Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def _blaming(
    method: Callable[Concatenate[Index, Given], Answer],
) -> Callable[Concatenate[Index, Given], Answer]:
    """Have an unexpected exception explained by the index, where that is damaged.

    Searching compares no checksums, so damage may come up as an exception of any kind and
    anywhere. Then the whole index is read, once: either a damaged file is named or the
    exception stands, being a fault of ours.
    """

    @wraps(method)
    def call(self: Index, /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            return method(self, *args, **kwargs)
        except SearcherError:
            raise
        except Exception as error:
            trace = error.__traceback__
            # Raised by the method itself: about its arguments.
            if trace is None or trace.tb_next is None or trace.tb_next.tb_next is not None:
                self._blame(error)
            raise

    return call


class Index:
    """An index directory.

    Every search sees the newest committed state; results already given keep theirs.
    Threads may share one: nothing but caches changes.

    >>> import tempfile
    >>> directory = tempfile.TemporaryDirectory()
    >>> index = create_index(directory.name)
    >>> with index.writer() as writer:
    ...     writer.add(Article(id="a1", title="Beras naik", body="Harga beras naik di Medan."))
    >>> [(hit.id, hit.snippet.html()) for hit in index.search("beras")]
    [('a1', 'Harga <mark>beras</mark> naik di Medan.')]
    >>> directory.cleanup()
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._manifest = str(directory / manifest.NAME)
        self._view = View(directory)

    @property
    def view(self) -> View:
        """The newest committed state."""
        view = self._view
        if not view.pulse.still():
            felt = view.pulse.feel()
            if _stamp(self._manifest) == view.stamp:
                view.pulse.settle(felt)
            else:
                view = self._view = View(self.directory)
        return view

    def _blame(self, error: Exception) -> None:
        from searcher.index.check import problems
        from searcher.kernels.postings import Unsound

        for file, what in problems(self.directory):
            raise IndexCorrupt(self.directory / file, what) from error
        # Whoever seals nonsense: queries are encoded, only what an index holds is decoded.
        if isinstance(error, (Unsound, UnicodeDecodeError)):
            raise IndexCorrupt(self.directory, str(error)) from error

    def search(
        self,
        text: Any,
        *,
        limit: int = 10,
        offset: int = 0,
        sort: Sort = "relevance",
        since: date | str | None = None,
        until: date | str | None = None,
        profile: str = "default",
        options: Mapping[str, object] | None = None,
        snippets: bool = True,
        facets: Sequence[str] = (),
        snippet_width: int = 240,
        snippet_passages: int = 2,
    ) -> Results:
        """Answer a query: any text, or a ``whoosh.query`` object.

        ``since`` and ``until`` are days, both included, or texts that name some ("2023-03",
        "9 Maret 2023"): of these the first and the last. Raises ConfigError for a day that
        cannot be read and for a profile, an option or a facet that does not exist, ValueError
        for a negative limit or offset; nothing for whatever the text may be.
        """
        started = perf_counter()
        if limit < 0 or offset < 0:
            raise ValueError(f"limit and offset are not negative: {limit}, {offset}")
        if since is not None:
            since = _edge(since, 0)
        if until is not None:
            until = _edge(until, 1)
        counted: dict[str, tuple[tuple[str, int], ...]] = {}
        try:
            view = self.view
            if options or facets or not isinstance(text, str):
                question = view.ask(
                    text, limit, offset, sort, since, until, profile, snippets,
                    snippet_width, snippet_passages, None, options, facets,
                )  # fmt: skip
            else:
                question = view.ask_again(
                    text, limit, offset, sort, since, until, profile, snippets,
                    snippet_width, snippet_passages, _day_of(text),
                )  # fmt: skip
            found = question.found()
            shown = question.marked(found)
            for facet in facets:
                counted[facet] = self._facet(question.execution, facet)
        except SearcherError:
            raise
        except Exception as error:
            self._blame(error)
            raise
        answer = _Answer(self, question, found, shown, counted)
        return Results.later(answer, 1000.0 * (perf_counter() - started))

    @_blaming
    def explain(
        self,
        text: Any,
        article_id: str,
        *,
        since: date | None = None,
        until: date | None = None,
        profile: str = "default",
        options: Mapping[str, object] | None = None,
    ) -> Explanation:
        """Why an article has its score for a query, or why it does not match.

        The scores of the lines add up to that of the hit under the same settings. Raises
        ArticleNotFound, and what :meth:`search` raises.
        """
        from searcher.query.explain import explain

        view = self.view
        place = view.snapshot.find(article_id)
        if place is None:
            raise ArticleNotFound(article_id)
        plan, parsed = view.read(text, ranking(profile, options), since, until)
        return explain(
            view.snapshot,
            plan,
            parsed.filters(),
            place,
            query=text if isinstance(text, str) else repr(text),
            profile=profile,
        )

    @_blaming
    def _total(self, execution: Execution) -> int:
        return execution.total()

    def _facet(self, execution: Execution, facet: str) -> tuple[tuple[str, int], ...]:
        """(value, articles) pairs of the whole answer: most first, months in order."""
        import numpy as np

        counts: dict[str, int] = {}
        for number, segment in enumerate(execution.snapshot.segments):
            docs = np.flatnonzero(np.frombuffer(execution.matches(number), dtype=np.uint8))
            if not len(docs):
                continue
            if facet in ("month", "year"):
                local = np.asarray(segment.columns["published"])[docs] + 60 * np.asarray(
                    segment.columns["offsets"]
                )[docs].astype(np.int64)
                local = local[local > -(2**61)]
                unit = "M" if facet == "month" else "Y"
                values, numbers = np.unique(
                    local.astype("datetime64[s]").astype(f"datetime64[{unit}]"), return_counts=True
                )
                for value, n in zip(values, numbers.tolist(), strict=True):
                    counts[str(value)] = counts.get(str(value), 0) + n
                continue
            codes = np.bincount(_codes(segment, facet)[docs])
            for code in np.flatnonzero(codes).tolist():
                if code:
                    value = segment.keyword(facet, code)
                    counts[value] = counts.get(value, 0) + int(codes[code])
        if facet in ("month", "year"):
            return tuple(sorted(counts.items()))
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @_blaming
    def get(self, article_id: str) -> Article:
        """One article. Raises ArticleNotFound."""
        found = self.view.snapshot.find(article_id)
        if found is None:
            raise ArticleNotFound(article_id)
        return found[0].article(found[1])

    def articles(self) -> Iterator[Article]:
        """All articles, in index order."""
        for segment in self.view.snapshot.segments:
            for doc in segment.docs():
                yield segment.article(doc)

    def __len__(self) -> int:
        return self.view.snapshot.n_live

    def __contains__(self, article_id: str) -> bool:
        return self.view.snapshot.find(article_id) is not None

    def explain_plan(self, text: str, profile: str = "default") -> str:
        """How a query is read, as an s-expression."""
        return str(self.view.plan(text, ranking(profile), date.today())[0])

    @_blaming
    def stats(self) -> dict[str, Any]:
        """Figures about the index: articles, segments, words, bytes, dates, kernels."""
        import numpy as np

        from searcher.index.layout import FORMAT_VERSION, NO_DATE
        from searcher.kernels import compiled

        snapshot = self.view.snapshot
        clocks = []  # local seconds: the days are those the newspapers print
        for segment in snapshot.segments:
            moments = np.asarray(segment.columns["published"])
            local = moments + 60 * np.asarray(segment.columns["offsets"]).astype(np.int64)
            clocks.append(local[moments != NO_DATE])
        dated = np.concatenate(clocks) if clocks else np.zeros(0, dtype=np.int64)
        names = snapshot.manifest.files() | {manifest.NAME}
        sources: dict[str, int] = {}
        for segment in snapshot.segments:
            codes = np.bincount(_codes(segment, "source"))
            for code in np.flatnonzero(codes).tolist():
                if code:
                    value = segment.keyword("source", code)
                    sources[value] = sources.get(value, 0) + int(codes[code])
        return {
            "articles": snapshot.n_live,
            "deleted": snapshot.n_docs - snapshot.n_live,
            "segments": len(snapshot.segments),
            "words": int(
                sum(int(np.asarray(s.columns["lengths.text"]).sum()) for s in snapshot.segments)
            ),
            "terms": sum(len(s.field("text")) for s in snapshot.segments),
            "bytes": sum((self.directory / name).stat().st_size for name in names),
            "first": _day(self.directory, dated.min()) if len(dated) else None,
            "last": _day(self.directory, dated.max()) if len(dated) else None,
            "sources": dict(sorted(sources.items(), key=lambda item: (-item[1], item[0]))[:20]),
            "generation": snapshot.manifest.generation,
            "format": FORMAT_VERSION,
            "analysis": snapshot.manifest.fingerprint,
            "kernels": "compiled" if compiled() else "Python (no compiler at installation)",
        }

    def writer(self, *, wait: float = 60.0, memory: int = 512, workers: int = 1) -> Writer:
        """Changes, committed at the end of a ``with`` block, or not at all.

        ``memory`` are the megabytes that it may use, ``workers`` the processes that turn many
        articles into an index; they make it faster, not different. Raises IndexLocked when
        another process writes for longer than ``wait`` seconds.
        """
        from searcher.index.writer import Writer

        return Writer(self.directory, wait=wait, memory=memory, workers=workers)


def _codes(segment: Segment, field: str) -> Any:
    """The number of the value of each document; raises IndexCorrupt where there is none."""
    import numpy as np

    codes = np.asarray(segment.columns[f"{field}.codes"])
    if len(codes) and int(codes.max()) >= len(segment.columns[f"{field}.value_at"]) - 1:
        raise IndexCorrupt(segment.path, f"column {field}.codes counts values that are not there")
    return codes


class _Answer:
    """What :class:`Results` are made from when somebody looks at them."""

    __slots__ = ("_found", "_index", "_question", "_shown", "facets")

    def __init__(
        self,
        index: Index,
        question: Question,
        found: list[Found],
        shown: tuple[Hit, ...] | None,
        facets: Mapping[str, tuple[tuple[str, int], ...]],
    ) -> None:
        self._index = index
        self._question = question
        self._found = found
        self._shown = shown
        self.facets = facets

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The hits of the page: those with snippets are made already."""
        return self._question.bare(self._found) if self._shown is None else self._shown

    @property
    def request(self) -> SearchRequest:
        """What was asked."""
        return self._question.request()

    @property
    def receipt(self) -> tuple[str, ...]:
        return self._question.receipt

    @property
    def suggestion(self) -> str | None:
        return self._question.suggestion

    def count(self) -> int:
        """How many articles match."""
        return self._index._total(self._question.execution)


def _stamp(path: str) -> tuple[int, int] | None:
    """What changes when a commit replaces the manifest."""
    try:
        info = os.stat(path)
    except OSError:
        return None
    return info.st_mtime_ns, info.st_ino


def _edge(day: date | str | None, end: int) -> date | None:
    """A day as given, or the first (0) or last (1) one a text names. Raises ConfigError."""
    if isinstance(day, str):
        from searcher.dates import day_range

        found = day_range(day, date.today())
        if found is None or found[end] is None:
            raise ConfigError(
                f'{day!r} is no day; one is "2023-03-09", "9 Maret 2023" or "2023-03"'
            )
        return found[end]
    return day.date() if isinstance(day, datetime) else day


def _day(directory: Path, seconds: Any) -> str:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()
    except (OverflowError, OSError, ValueError) as error:
        raise IndexCorrupt(directory, "a date is beyond all calendars") from error


__all__ = ["FACETS", "Index", "create_index", "open_index"]
