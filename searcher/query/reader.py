"""Our index as Whoosh reads one, so that every query Whoosh knows can be asked.

Queries that :mod:`searcher.query.compile` has no plan for (spans, sequences, nested
documents) run through Whoosh's own matchers over this reader: slowly, document by
document, and right. Words in them are folded as in any query; families, near spellings
and scores are not Whoosh's business here.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from heapq import merge
from itertools import accumulate, groupby, pairwise
from math import inf
from typing import Any

from whoosh.fields import DATETIME, ID, TEXT, Schema
from whoosh.matching import Matcher, ReadTooFar
from whoosh.query import Query
from whoosh.query.spans import Span
from whoosh.reading import IndexReader, TermInfo, TermNotFound
from whoosh.scoring import FunctionWeighting
from whoosh.searching import Searcher

from searcher.analysis import Analyzer
from searcher.analysis.whoosh import IndonesianAnalyzer
from searcher.article import FIELDS
from searcher.index.layout import NO_DATE
from searcher.index.segment import KEYWORDS
from searcher.index.snapshot import Snapshot
from searcher.kernels.postings import Lists
from searcher.kernels.spelling import within

_EPOCH = datetime(1970, 1, 1)


def foreign(snapshot: Snapshot, query: Query) -> list[array[int]]:
    """The documents a Whoosh query matches, ascending, for each segment: ``array('I')``.

    The index is one to the query, however it was committed: ``Otherwise`` turns to its
    second query only where the first matches nowhere. Deleted documents do not match.
    """
    reader = SnapshotReader(snapshot)
    searcher = Searcher(reader, weighting=FunctionWeighting(_frequency), closereader=False)
    # Whoosh's own Not lets some of the deleted documents through.
    docs = sorted(doc for doc in set(query.docs(searcher)) if not reader.is_deleted(doc))
    edges = [bisect_left(docs, base) for base in reader.bases]
    return [
        array("I", (doc - base for doc in docs[start:end]))
        for base, (start, end) in zip(reader.bases, pairwise(edges), strict=False)
    ]


def _frequency(searcher: Searcher, field: str, text: bytes, matcher: Matcher) -> float:
    return float(matcher.weight())


class WordField(TEXT):  # type: ignore[misc]  # whoosh is not typed
    """A text field whose query words are folded as indexed words are.

    Text given as ``str`` is a word as typed; ``bytes`` are a term of the index.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__(analyzer=IndonesianAnalyzer(analyzer), phrase=True)

    def to_bytes(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, (list, tuple)):
            return self.to_bytes(value[0])
        tokens = self.analyzer.analyzer.word(str(value)).tokens
        term = tokens[0].term if tokens else str(value).lower()
        return bytes(term, "utf-8", "replace")


def schema(analyzer: Analyzer) -> Schema:
    """The fields of an article, as Whoosh describes fields.

    ``published`` is what clocks showed where the article was published, without a zone.
    """
    fields: dict[str, Any] = {name: WordField(analyzer) for name in FIELDS}
    return Schema(**fields, id=ID(stored=True, unique=True), published=DATETIME(stored=True))


class SnapshotReader(IndexReader):  # type: ignore[misc]  # whoosh is not typed
    """One committed state as one Whoosh reader: documents count through all segments.

    ``bases[i]`` is the number of the first document of segment ``i``; one more than
    segments.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.schema = schema(snapshot.analyzer)
        self.bases = [0, *accumulate(segment.n_docs for segment in snapshot.segments)]

    def generation(self) -> int:
        return self.snapshot.manifest.generation

    # ---- documents ---------------------------------------------------------------------

    def doc_count_all(self) -> int:
        return self.snapshot.n_docs

    def doc_count(self) -> int:
        return self.snapshot.n_live

    def has_deletions(self) -> bool:
        return self.snapshot.n_live < self.snapshot.n_docs

    def _place(self, docnum: int) -> tuple[int, int]:
        """(segment number, document in it)."""
        number = bisect_right(self.bases, docnum) - 1
        return number, docnum - self.bases[number]

    def is_deleted(self, docnum: int) -> bool:
        if not 0 <= docnum < self.snapshot.n_docs:
            return False
        number, doc = self._place(docnum)
        live = self.snapshot.segments[number].live
        return live is not None and not live[doc]

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        number, doc = self._place(docnum)
        return self.snapshot.segments[number].article(doc).as_dict()

    def _lengths(self, field: str) -> Iterator[int]:
        if field in FIELDS:
            for segment in self.snapshot.segments:
                yield from segment.columns[f"lengths.{field}"]

    def field_length(self, fieldname: str) -> int:
        return sum(self._lengths(fieldname))

    def min_field_length(self, fieldname: str) -> int:
        return min(self._lengths(fieldname), default=0)

    def max_field_length(self, fieldname: str) -> int:
        return max(self._lengths(fieldname), default=0)

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        if fieldname not in FIELDS:
            return default
        number, doc = self._place(docnum)
        length: int = self.snapshot.segments[number].columns[f"lengths.{fieldname}"][doc]
        return length

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def vector(self, docnum: int, fieldname: str, format_: Any = None) -> Matcher:
        raise KeyError(f"no term vectors are kept, not of {fieldname!r} either")

    # ---- terms -------------------------------------------------------------------------

    def indexed_field_names(self) -> list[str]:
        return sorted((*FIELDS, "id", "published"))

    def _held(self, fieldname: str, text: str | bytes) -> tuple[bytes, list[_Held]]:
        """A term, and its postings wherever it has any."""
        if fieldname not in self.schema:
            raise TermNotFound(f"no field {fieldname!r}")
        term: bytes = self.schema[fieldname].to_bytes(text)
        if fieldname not in FIELDS:
            docs = self._values(fieldname).get(term)
            return term, [_Held(0, docs)] if docs else []
        found = []
        for base, segment in zip(self.bases, self.snapshot.segments, strict=False):
            lists = segment.field(fieldname)
            number = lists.find(term)
            if number >= 0:
                found.append(_Held(base, lists.docs(number), lists, number))
        return term, found

    def _values(self, fieldname: str) -> dict[bytes, array[int]]:
        """Term to documents of a field that has a column, not postings."""
        return self._dates if fieldname == "published" else self._ids

    @cached_property
    def _ids(self) -> dict[bytes, array[int]]:
        return {
            segment.id(doc).encode("utf-8", "replace"): array("I", [base + doc])
            for base, segment in zip(self.bases, self.snapshot.segments, strict=False)
            for doc in segment.docs()
        }

    @cached_property
    def _dates(self) -> dict[bytes, array[int]]:
        """Whoosh's terms of a date: itself, and coarser ones that make ranges few terms."""
        found: dict[bytes, array[int]] = {}
        for docnum, moment in enumerate(self.column_reader("published")):
            if moment is not None:
                for term, *_ in self.schema["published"].index(moment):
                    found.setdefault(term, array("I")).append(docnum)
        return found

    def _terms(self, fieldname: str, start: bytes) -> Iterator[bytes]:
        """The distinct terms of one field from ``start`` on, in order."""
        if fieldname not in FIELDS:
            yield from sorted(term for term in self._values(fieldname) if term >= start)
            return

        def of(lists: Lists) -> Iterator[bytes]:
            return (lists.term(n) for n in range(lists.lower_bound(start), len(lists)))

        fields = (segment.field(fieldname) for segment in self.snapshot.segments)
        for term, _ in groupby(merge(*(of(lists) for lists in fields))):
            yield term

    def __contains__(self, term: tuple[str, str | bytes]) -> bool:
        return term[0] in self.schema and bool(self._held(*term)[1])

    def all_terms(self) -> Iterator[tuple[str, bytes]]:
        for name in self.indexed_field_names():
            for term in self._terms(name, b""):
                yield name, term

    def terms_from(self, fieldname: str, prefix: str | bytes) -> Iterator[tuple[str, bytes]]:
        start = self._text_to_bytes(fieldname, prefix)
        for name in self.indexed_field_names():
            if name >= fieldname:
                for term in self._terms(name, start if name == fieldname else b""):
                    yield name, term

    def terms_within(
        self, fieldname: str, text: str, maxdist: int, prefix: int = 0
    ) -> Iterator[str]:
        """Terms at most ``maxdist`` letters put in, left out or replaced from ``text``."""
        word = self._text_to_bytes(fieldname, text)
        found: set[bytes] = set()
        for segment in self.snapshot.segments:
            lists = segment.field(fieldname)
            terms, at = (segment.columns[f"{fieldname}.{part}"] for part in ("terms", "term_at"))
            found.update(lists.term(n) for n, _ in within(terms, at, word, maxdist, prefix))
        return (term.decode() for term in sorted(found))

    def term_info(self, fieldname: str, text: str | bytes) -> TermInfo:
        term, held = self._held(fieldname, text)
        if not held:
            raise TermNotFound(f"{fieldname}:{term!r}")
        info = TermInfo()
        for its in held:
            for doc, count in zip(its.docs, its.counts(), strict=True):
                docnum = its.base + doc
                info.add_posting(docnum, count, self.doc_field_length(docnum, fieldname))
        return info

    def frequency(self, fieldname: str, text: str | bytes) -> int:
        return sum(sum(its.counts()) for its in self._held(fieldname, text)[1])

    def doc_frequency(self, fieldname: str, text: str | bytes) -> int:
        """Deleted documents count until they are merged away, as in Whoosh."""
        return sum(len(its.docs) for its in self._held(fieldname, text)[1])

    def postings(self, fieldname: str, text: str | bytes, scorer: Any = None, **_: Any) -> Matcher:
        term, held = self._held(fieldname, text)
        if not held:
            raise TermNotFound(f"{fieldname}:{term!r}")
        live = [its.among(self.is_deleted) for its in held] if self.has_deletions() else held
        return PostingsMatcher((fieldname, term), live, scorer)

    # ---- columns -----------------------------------------------------------------------

    def has_column(self, fieldname: str) -> bool:
        return fieldname in (*KEYWORDS, "id", "published")

    def column_reader(
        self,
        fieldname: str,
        column: Any = None,
        reverse: bool = False,
        translate: bool = True,
    ) -> Sequence[Any]:
        """The values of a column, deleted documents' too: "" or None where there is none."""
        if not self.has_column(fieldname):
            raise KeyError(f"no column {fieldname!r}")
        values: list[Any] = []
        for segment in self.snapshot.segments:
            docs = range(segment.n_docs)
            if fieldname == "id":
                values += [segment.id(doc) for doc in docs]
            elif fieldname == "published":
                values += map(
                    _local, segment.columns["published"].tolist(), segment.columns["offsets"]
                )
            else:
                codes = segment.columns[f"{fieldname}.codes"]
                values += [segment.keyword(fieldname, code) for code in codes]
        return values


def _local(seconds: int, offset: int) -> datetime | None:
    """What clocks showed ``offset`` minutes east of Greenwich."""
    return None if seconds == NO_DATE else _EPOCH + timedelta(seconds=seconds, minutes=offset)


class _Held:
    """One segment's postings of a term; without ``lists`` the term stands once in each."""

    __slots__ = ("base", "docs", "lists", "number")

    def __init__(
        self, base: int, docs: array[int], lists: Lists | None = None, number: int = 0
    ) -> None:
        self.base = base
        self.docs = docs
        self.lists = lists
        self.number = number

    def among(self, deleted: Callable[[int], bool]) -> _Held:
        """Without the documents that are deleted."""
        docs = array("I", (doc for doc in self.docs if not deleted(self.base + doc)))
        return _Held(self.base, docs, self.lists, self.number)

    def positions(self) -> list[list[int]]:
        """Where the term stands in each of ``docs``."""
        if self.lists is None:
            return [[0] for _ in self.docs]
        at, places = self.lists.positions(self.number, self.docs)
        return [places[a:b].tolist() for a, b in pairwise(at)]

    def counts(self) -> list[int]:
        """How often the term stands in each of ``docs``."""
        return [len(places) for places in self.positions()]


class PostingsMatcher(Matcher):  # type: ignore[misc]  # whoosh is not typed
    """Walks the live postings of one term; positions are read when first asked for."""

    def __init__(
        self, term: tuple[str, bytes], held: Sequence[_Held], scorer: Any = None, at: int = 0
    ) -> None:
        self._term = term
        self._held = held
        self._scorer = scorer
        self._docs = array("I", (its.base + doc for its in held for doc in its.docs))
        self._at = at

    @cached_property
    def _positions(self) -> list[list[int]]:
        return [places for its in self._held for places in its.positions()]

    def __repr__(self) -> str:
        return f"PostingsMatcher({self._term!r}, {self._at} of {len(self._docs)})"

    def is_active(self) -> bool:
        return self._at < len(self._docs)

    def reset(self) -> None:
        self._at = 0

    def copy(self) -> PostingsMatcher:
        return PostingsMatcher(self._term, self._held, self._scorer, self._at)

    def term(self) -> tuple[str, bytes]:
        return self._term

    def id(self) -> int:
        return self._docs[self._at]

    def next(self) -> None:
        if not self.is_active():
            raise ReadTooFar
        self._at += 1

    def skip_to(self, id: int) -> None:
        if not self.is_active():
            raise ReadTooFar
        self._at = bisect_left(self._docs, id, self._at)

    def all_ids(self) -> Iterator[int]:
        return iter(self._docs[self._at :])

    def supports(self, astype: str) -> bool:
        return astype in ("positions", "frequency", "weight")

    def value(self) -> list[int]:
        return self._positions[self._at]

    def value_as(self, astype: str) -> Any:
        places = self._positions[self._at]
        return places if astype == "positions" else len(places)

    def spans(self) -> list[Any]:
        return [Span(position) for position in self._positions[self._at]]

    def weight(self) -> float:
        return float(len(self._positions[self._at]))

    def max_quality(self) -> float:
        """No bound on scores is known, so nothing is ever left out for one."""
        return inf

    def block_quality(self) -> float:
        return inf

    def score(self) -> float:
        return float(self._scorer.score(self)) if self._scorer else self.weight()
