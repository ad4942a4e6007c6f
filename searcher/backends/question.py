"""A question asked of one committed state: what to look for, how much of it, how to show it.

All that can be known before anything is looked for is kept here, so that a page asked for
again costs the search alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from searcher.article import Article
from searcher.index.segment import Segment
from searcher.query.execute import Execution, Found
from searcher.query.plan import Dates, MarkedTerms, Node, Nothing
from searcher.results import Hit, SearchRequest, Snippet, Sort
from searcher.snippets import Highlighter, Marks


class Parsed:
    """What a query text asked for beside words."""

    __slots__ = ("since", "sort", "until")

    def __init__(
        self, since: date | None = None, until: date | None = None, sort: Sort | None = None
    ) -> None:
        self.since = since
        self.until = until
        self.sort = sort

    def filters(self) -> list[Node]:
        """The period as a condition; none where it is open."""
        if self.since is None and self.until is None:
            return []
        return [Dates(_seconds(self.since, time.min), _seconds(self.until, time.max))]


class Question:
    """A page of an answer asked for: all that can be known before anything is looked for."""

    __slots__ = (
        "_asked",
        "_k",
        "_marker",
        "_offset",
        "_parsed",
        "_passages",
        "_sort",
        "_width",
        "execution",
        "receipt",
        "suggestion",
    )

    def __init__(
        self,
        execution: Execution,
        parsed: Parsed,
        text: Any,
        limit: int,
        offset: int,
        sort: Sort,
        profile: str,
        options: Mapping[str, object] | None,
        snippets: bool,
        facets: Sequence[str],
        width: int,
        passages: int,
    ) -> None:
        plan = execution.plan
        if parsed.sort is not None and sort == "relevance":
            sort = parsed.sort
        self.execution = execution
        self._parsed = parsed
        self._sort = sort
        self._k = offset + limit if limit else 0
        self._offset = offset
        self._width, self._passages = width, passages
        self._marker: Highlighter | None = None
        if snippets and plan.marks is not None:
            self._marker = Highlighter(as_marks(plan.marks), execution.snapshot.analyzer)
        self._asked = (text, limit, profile, options, snippets, facets)
        self.receipt = plan.receipt
        if not self.receipt and isinstance(plan.root, Nothing):
            self.receipt = ("nothing to search for: the query has no word",)
        self.suggestion = plan.suggestion

    def found(self) -> list[Found]:
        """The documents of the page."""
        if self._sort == "relevance":
            found = self.execution.best(self._k)
        else:
            found = self.execution.by_date(self._k, self._sort)
        return found[self._offset :] if self._offset else found

    def marked(self, found: list[Found]) -> tuple[Hit, ...] | None:
        """The hits of the page with their texts, marked; None where no snippets are wanted."""
        marker = self._marker
        if marker is None:
            return None
        segments = self.execution.snapshot.segments
        docs: dict[int, list[int]] = {}
        for _, number, doc in found:
            docs.setdefault(number, []).append(doc)
        stored = {number: iter(segments[number].parts(its)) for number, its in docs.items()}
        texts = [_Text(segments[number], next(stored[number]), marker) for _, number, _ in found]
        snippets = marker.snippets(
            [text.body for text in texts],
            lambda place: bool(texts[place].title().ranges),
            width=self._width,
            passages=self._passages,
        )
        return tuple(
            [
                Hit.marked(rank, score, text, doc, snippet)
                for rank, ((score, _, doc), text, snippet) in enumerate(
                    zip(found, texts, snippets, strict=True), self._offset + 1
                )
            ]
        )

    def bare(self, found: list[Found]) -> tuple[Hit, ...]:
        """The hits of the page, which read what they show when it is looked at."""
        segments, later = self.execution.snapshot.segments, Hit.later
        return tuple(
            [
                later(rank, score, segments[number], doc)
                for rank, (score, number, doc) in enumerate(found, self._offset + 1)
            ]
        )

    def request(self) -> SearchRequest:
        """What was asked."""
        text, limit, profile, options, snippets, facets = self._asked
        return SearchRequest(
            text=text if isinstance(text, str) else repr(text),
            limit=limit,
            offset=self._offset,
            sort=self._sort,
            since=self._parsed.since,
            until=self._parsed.until,
            profile=profile,
            options=dict(options or {}),
            snippets=snippets,
            facets=tuple(facets),
        )


class _Text:
    """The stored text of one hit, read for its snippet, and all that may be asked of it."""

    __slots__ = ("_article", "_head", "_marker", "_segment", "body")

    def __init__(self, segment: Segment, parts: tuple[bytes, str], marker: Highlighter) -> None:
        self._segment = segment
        self._head, self.body = parts
        self._marker = marker
        self._article: Article | None = None

    def id(self, doc: int) -> str:
        return self._segment.id(doc)

    def shown(self, doc: int = 0) -> Article:
        article = self._article
        if article is None:
            article = self._article = self._segment.parsed(self._head, self.body)
        return article

    def title(self, doc: int = 0) -> Snippet:
        text = self.shown().title
        return Snippet(text, self._marker.ranges(text))


def as_marks(marked: MarkedTerms) -> Marks:
    """A plan's word on marking, as the highlighter takes it."""
    return Marks(
        terms=marked.terms,
        prefixes=marked.prefixes,
        patterns=marked.patterns,
        phrases=marked.phrases,
        only_phrases=marked.only_phrases,
    )


def _seconds(day: date | None, clock: time) -> int | None:
    """The first or last second of a day by local clocks."""
    if day is None:
        return None
    return int(datetime.combine(day, clock.replace(microsecond=0), tzinfo=UTC).timestamp())
