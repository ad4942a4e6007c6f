"""The values that cross every boundary: what is asked, and what is answered.

No markup, no arrays, no file handles: a result can be kept, compared and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Literal, Protocol

from searcher.article import Article
from searcher.values import Value, field

Sort = Literal["relevance", "newest", "oldest"]
Range = tuple[int, int]


class SearchRequest(Value, kw_only=True):
    """One question, with everything that changes its answer.

    ``since`` and ``until`` are inclusive days of publication, as printed in the
    article. ``profile`` names the ranking ("default", or "plain" for BM25 alone);
    ``options`` overrides single settings of it ("families": False).
    """

    text: str
    limit: int = 10
    offset: int = 0
    sort: Sort = "relevance"
    since: date | None = None
    until: date | None = None
    profile: str = "default"
    options: Mapping[str, object] = field(default_factory=dict)
    snippets: bool = True
    facets: tuple[str, ...] = ()


class Snippet(Value):
    """The passage shown, with the marked words as character ranges into ``text``.

    Ranges are sorted and do not overlap. Several passages are joined by ``" … "``.

    >>> Snippet("harga <beras> naik", ((7, 12),)).html()
    'harga &lt;<mark>beras</mark>&gt; naik'
    """

    text: str
    ranges: tuple[Range, ...] = ()

    def html(self, tag: str = "mark") -> str:
        """The passage as safe HTML, marked words inside ``tag``."""
        text = self.text
        clean: Callable[[str], str] | None = None
        # Most passages have nothing to escape, which is seen faster than it is done.
        if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
            from html import escape  # with its table of entities; a terminal has no use

            clean = escape
        return mark(text, self.ranges, f"<{tag}>", f"</{tag}>", clean)


def mark(
    text: str,
    ranges: Sequence[Range],
    before: str,
    after: str,
    clean: Callable[[str], str] | None = None,
) -> str:
    """Put ``before`` and ``after`` around the ranges of ``text``.

    ``clean`` (a function of str) is applied to each piece of text, never to the marks:
    the only place where text and markup meet.

    >>> mark("harga beras", [(6, 11)], "[", "]")
    'harga [beras]'
    """
    out: list[str] = []
    at = 0
    for start, end in ranges:
        before_it, it = text[at:start], text[start:end]
        if clean is not None:
            before_it, it = clean(before_it), clean(it)
        out += before_it, before, it, after
        at = end
    out.append(text[at:] if clean is None else clean(text[at:]))
    return "".join(out)


_NO_SNIPPET = Snippet("")


class Source(Protocol):
    """Where hits read what they show, when they are looked at: by document number."""

    def id(self, doc: int) -> str: ...

    def shown(self, doc: int) -> Article: ...


class MarkedSource(Source, Protocol):
    """... and the title marked, of hits that have a snippet."""

    def title(self, doc: int) -> Snippet: ...


class Hit(Value):
    """One article of the answer. ``rank`` counts from 1 over all pages."""

    __slots__ = ("_doc", "_source")

    rank: int
    score: float
    article: Article
    snippet: Snippet
    title: Snippet

    @classmethod
    def later(cls, rank: int, score: float, source: Source, doc: int) -> Hit:
        """A hit that reads its article when it is looked at: most are listed by id alone."""
        hit = _new(cls)
        _set_rank(hit, rank)
        _set_score(hit, score)
        _set_source(hit, source)
        _set_doc(hit, doc)
        return hit

    @classmethod
    def marked(
        cls, rank: int, score: float, source: MarkedSource, doc: int, snippet: Snippet
    ) -> Hit:
        """A hit with its snippet that reads its article, and marks its title, when it is
        looked at."""
        hit = cls.later(rank, score, source, doc)
        _set_snippet(hit, snippet)
        return hit

    @property
    def id(self) -> str:
        try:
            source: Source = self._source
        except AttributeError:
            return self.article.id
        return source.id(self._doc)

    def __getattr__(self, name: str) -> Any:
        # Asked for slots that are empty, and for what no hit has.
        if name == "article":
            value: Any = self._source.shown(self._doc)
        elif name == "snippet":
            value = _NO_SNIPPET
        elif name == "title":
            # Titles are stored with the text, which a hit without a snippet has not read.
            bare = self.snippet is _NO_SNIPPET
            value = _NO_SNIPPET if bare else self._source.title(self._doc)
        else:
            raise AttributeError(f"'Hit' object has no attribute {name!r}")
        vars(Hit)[name].__set__(self, value)
        return value


_new = object.__new__
_set_rank, _set_score, _set_snippet, _set_source, _set_doc = (
    vars(Hit)[name].__set__ for name in ("rank", "score", "snippet", "_source", "_doc")
)


class Answer(Protocol):
    """Where results read what they show, when it is looked at."""

    @property
    def hits(self) -> tuple[Hit, ...]: ...

    @property
    def request(self) -> SearchRequest: ...

    @property
    def receipt(self) -> tuple[str, ...]: ...

    @property
    def suggestion(self) -> str | None: ...

    @property
    def facets(self) -> Mapping[str, tuple[tuple[str, int], ...]]: ...

    def count(self) -> int: ...


class Results(Value):
    """The answer: one page of hits, how many there are in all, and how the query was read.

    ``total`` is counted when first asked for: finding the best articles looks at a few
    of the matches, counting at all of them.
    ``receipt`` is one line for each thing a reader should know (words expanded, ignored,
    absent; syntax dropped). ``facets`` maps a name to (value, articles) pairs, most first.
    ``suggestion`` is a query that would find more, or None.
    """

    __slots__ = ("__dict__", "_answer")  # where ``total`` is kept

    request: SearchRequest
    hits: tuple[Hit, ...]
    count: Callable[[], int]
    took_ms: float
    receipt: tuple[str, ...] = ()
    suggestion: str | None = None
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)

    @classmethod
    def later(cls, answer: Answer, took_ms: float) -> Results:
        """Results whose fields are made when they are looked at: finding the best documents
        takes a few microseconds, and ten hits are as many objects again."""
        results = _new(cls)
        _set_answer(results, answer)
        _set_took(results, took_ms)
        return results

    def __getattr__(self, name: str) -> Any:
        # Asked for slots that are empty, and for what no results have.
        if name not in _LATER:
            raise AttributeError(f"'Results' object has no attribute {name!r}")
        value = getattr(self._answer, name)
        vars(Results)[name].__set__(self, value)
        return value

    @cached_property
    def total(self) -> int:
        """How many articles match in all."""
        return self.count()

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


_LATER = frozenset(("request", "hits", "count", "receipt", "suggestion", "facets"))
_set_answer, _set_took = (vars(Results)[name].__set__ for name in ("_answer", "took_ms"))
