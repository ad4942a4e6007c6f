"""Whoosh query objects to a plan: which types run natively, and which through Whoosh.

Every query type Whoosh knows has a decision here; a test holds the three sets against
what the installed version defines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from fnmatch import translate
from itertools import islice
from typing import Any

from whoosh import query as whoosh

from searcher.article import FIELDS
from searcher.query.plan import And, Dates, Every, Filter, Foreign, Maybe, Node, Not, Nothing, Plan
from searcher.query.planner import Planner

#: Words of these kinds of query are compiled by :class:`Compiler`; see its table.
NATIVE = {
    "Term", "Phrase", "And", "Or", "Not", "AndNot", "AndMaybe", "Require", "Every", "Prefix",
    "Wildcard", "Regex", "FuzzyTerm", "Variations", "TermRange", "DateRange", "NumericRange",
    "_NullQuery", "ConstantScoreQuery", "DisjunctionMax",
}  # fmt: skip

#: Run by Whoosh's own matchers over our reader.
VIA_WHOOSH = {
    "Sequence", "Ordered", "NestedParent", "NestedChildren", "Otherwise", "SpanFirst", "SpanNear",
    "SpanNear2", "SpanOr", "SpanNot", "SpanContains", "SpanBefore", "SpanCondition", "ColumnQuery",
    "WeightingQuery",
}  # fmt: skip

#: Bases that are never queries themselves, and the forms Whoosh's matchers give an Or.
ABSTRACT = {
    "CompoundQuery", "WrappingQuery", "BinaryQuery", "MultiTerm", "ExpandingTerm",
    "PatternQuery", "SpanQuery", "SpanBiQuery", "WrappingSpan", "PreloadedOr", "DefaultOr",
    "SplitOr",
}  # fmt: skip

#: Seconds from the first day of the year 1 to 1970.
_YEAR_ONE = int((datetime(1970, 1, 1) - datetime.min).total_seconds())

#: Terms a pattern may stand for; beyond, the most useful reply is to ask for more letters.
MAX_EXPANSION = 20_000
#: ... and all patterns of a query together.
MAX_EXPANSIONS = 60_000
#: Patterns and near spellings of one query: each is a walk through the dictionary.
MAX_PATTERNS = 50


class _Bounds:
    """How much a whole query, with what it excludes, has had looked up."""

    def __init__(self, notices: list[str]) -> None:
        self._notices = notices
        self.patterns = self.expanded = 0

    def room(self) -> int:
        """For how many words the next pattern may stand."""
        return min(MAX_EXPANSION, MAX_EXPANSIONS - self.expanded)

    def may_look_up(self, typed: str) -> bool:
        """Whether one more word may be looked up through the whole dictionary."""
        self.patterns += 1
        if self.patterns == MAX_PATTERNS + 1:
            self._notices.append(
                f"read only the first {MAX_PATTERNS} words with *, ? or ~; ignored {typed}"
                " and those after it"
            )
        return self.patterns <= MAX_PATTERNS


class Compiler:
    """Compiles one Whoosh query with a planner."""

    def __init__(self, planner: Planner, bounds: _Bounds | None = None) -> None:
        self._planner = planner
        self._bounds = bounds or _Bounds(planner.notices)

    def plan(self, query: Any) -> Plan:
        """The plan of a query; ``None`` finds nothing."""
        planner = self._planner
        planner.has_content = planner.ranking.function_words and any(
            map(planner.is_content, _words_of(query))
        )
        node = self.node(query) if query is not None else None
        plain: list[str] = []
        if isinstance(query, whoosh.Or):
            plain = [q.text for q in query.subqueries if isinstance(q, whoosh.Term)]
        if node is not None and plain:
            node = planner.any_of([node, *planner.long_forms(plain)])
        return planner.finish(node if node is not None else Nothing(), "")

    def node(
        self, query: Any, *, required: bool = False, exact: bool = False, boost: float = 1.0
    ) -> Node | None:
        """The node of one query; None where nothing of it is left to search for."""
        name = type(query).__name__
        boost *= getattr(query, "boost", 1.0)
        rule = _RULES.get(name)
        if rule is None:
            for part in _parts(query):
                self.node(part, exact=True)  # for the marks in what is shown, and the receipt
            return Foreign(query, boost)
        field = getattr(query, "fieldname", None)
        if field is not None and (field not in FIELDS or isinstance(query, whoosh.NumericRange)):
            known = FIELDS
            if isinstance(query, whoosh.NumericRange):
                known = ("published",)
            elif isinstance(query, whoosh.Every):
                known = (*FIELDS, "published")
            if field not in known:
                self._planner.notices.append(f"no field {field!r}; there are: {', '.join(known)}")
                return Nothing()
        return rule(self, query, required, exact, boost)

    def _all(self, queries: Any, required: bool, exact: bool, boost: float) -> Iterator[Node]:
        for query in queries:
            node = self.node(query, required=required, exact=exact, boost=boost)
            if node is not None:
                yield node

    # ---- leaves ------------------------------------------------------------------------

    def _term(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        field = query.fieldname
        return self._planner.word(
            _text(query.text), field, boost=boost, required=required, exact=exact or field != "text"
        )

    def _phrase(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        words = [_text(word) for word in query.words]
        return self._planner.phrase(words, query.fieldname, slop=max(1, query.slop), boost=boost)

    def _prefix(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        start = self._folded(query.text)
        if not self._bounds.may_look_up(f"{query.text}*"):
            return None
        terms = self._planner.snapshot.terms(query.fieldname, start)
        return self._expand(f"{query.text}*", query.fieldname, terms, boost, prefix=start)

    def _wildcard(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        text = "".join(
            piece if piece in "*?" else self._folded(piece)
            for piece in re.split(r"([*?])", query.text)
        )
        pattern = _linear(text)
        if not self._bounds.may_look_up(query.text):
            return None
        if "[" in text:  # a class of letters, which only a Whoosh query brings
            matches = re.compile(pattern).fullmatch
            found = self._planner.snapshot.terms(query.fieldname, re.split(r"[*?\[]", text)[0])
            terms = {term: freq for term, freq in found.items() if matches(term)}
        else:
            most = self._bounds.room() + 1  # one more, to tell that there are more
            terms = self._planner.snapshot.like(query.fieldname, text, most)
        return self._expand(query.text, query.fieldname, terms, boost, pattern=pattern)

    def _regex(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        try:
            matches = re.compile(query.text).match
        except re.error as error:
            self._planner.notices.append(f"ignored /{query.text}/: {error}")
            return None
        found = self._planner.snapshot.terms(query.fieldname)
        terms = {term: freq for term, freq in found.items() if matches(term)}
        return self._expand(query.text, query.fieldname, terms, boost)

    def _fuzzy(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        text = self._folded(query.text)
        if not self._bounds.may_look_up(f"{query.text}~"):
            return None
        found = self._planner.snapshot.within(
            text, query.maxdist, query.fieldname, query.prefixlength
        )
        terms = {term: freq for term, (_, freq) in found.items()}
        return self._expand(f"{query.text}~{query.maxdist}", query.fieldname, terms, boost)

    def _variations(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        return self._term(query, required, exact, boost)

    def _term_range(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        low = self._folded(query.start) if query.start is not None else ""
        high = self._folded(query.end) if query.end is not None else None

        def inside(term: str) -> bool:
            if term < low or (query.startexcl and term == low):
                return False
            return high is None or (term < high if query.endexcl else term <= high)

        found = self._planner.snapshot.terms(query.fieldname)
        terms = {term: freq for term, freq in found.items() if inside(term)}
        typed = f"[{query.start or ''} TO {query.end or ''}]"
        return self._expand(typed, query.fieldname, terms, boost)

    def _expand(
        self, typed: str, field: str, terms: dict[str, int], boost: float, **marking: Any
    ) -> Node | None:
        """One word for all ``terms``, given with how many documents hold each."""
        room = self._bounds.room()
        if len(terms) > room:
            told = f"{typed} matches more than {room} words; only the first in order are used"
            if not room:
                told = f"ignored {typed}: those before it match {MAX_EXPANSIONS} words already"
            self._planner.notices.append(told)
            terms = dict(islice(terms.items(), room))
        self._bounds.expanded += len(terms)
        if not room:
            return None
        return self._planner.expansion(typed, field, terms, boost, **marking)

    def _folded(self, text: Any) -> str:
        """A piece of a word as the index has it."""
        word = self._planner.analyzer.word(_text(text))
        return word.tokens[0].term if word.tokens else _text(text).lower()

    def _dates(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        low, high = _local(query.start), _local(query.end)
        if low is not None and query.startexcl:
            low += 1
        if high is not None and query.endexcl:
            high -= 1
        return Dates(low, high)

    def _every(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        if query.fieldname == "published":
            return Dates(None, None)
        return Every(query.fieldname)

    def _null(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        return Nothing()

    # ---- trees -------------------------------------------------------------------------

    def _and(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        # "a b -c" asks for any of a and b: only what the user joined is required.
        kept = [q for q in query.subqueries if not isinstance(q, whoosh.Not)]
        alone = len(kept) == 1 and len(kept) < len(query.subqueries)
        nodes = list(self._all(query.subqueries, required or not alone, exact, boost))
        if not nodes:
            return None
        if all(isinstance(node, Not) for node in nodes):
            nodes.insert(0, Every())
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _or(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        nodes = list(self._all(query.subqueries, False, exact, boost))
        return self._planner.any_of(nodes) if nodes else None

    def _not(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        # Of an excluded word nothing is marked, scored or told, and only itself excluded.
        planner = self._planner
        apart = Planner(planner.snapshot, planner.ranking, planner.memory)
        node = Compiler(apart, self._bounds).node(query.query, exact=True)
        return None if node is None else Not(node)

    def _and_not(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        left = self.node(query.a, required=required, exact=exact, boost=boost)
        right = self._not(whoosh.Not(query.b), required, exact, boost)
        if left is None or right is None:
            return left
        return And((left, right))

    def _maybe(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        left = self.node(query.a, required=True, exact=exact, boost=boost)
        right = self.node(query.b, exact=exact, boost=boost)
        if left is None or right is None:
            return left or right
        return Maybe(left, right)

    def _require(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        left = self.node(query.a, required=required, exact=exact, boost=boost)
        planner = self._planner
        apart = Planner(planner.snapshot, planner.ranking, planner.memory)
        by = Compiler(apart, self._bounds).node(query.b, required=True, exact=True)
        planner.notices += [line for line in apart._absent if line not in planner.notices]
        if left is None or by is None:
            return left or by
        return Filter(left, by)

    def _constant(self, query: Any, required: bool, exact: bool, boost: float) -> Node | None:
        node = self.node(query.child, required=required, exact=exact)
        return None if node is None else Filter(Every(), node)


_RULES: dict[str, Callable[[Compiler, Any, bool, bool, float], Node | None]] = {
    "Term": Compiler._term,
    "Phrase": Compiler._phrase,
    "Prefix": Compiler._prefix,
    "Wildcard": Compiler._wildcard,
    "Regex": Compiler._regex,
    "FuzzyTerm": Compiler._fuzzy,
    "Variations": Compiler._variations,
    "TermRange": Compiler._term_range,
    "DateRange": Compiler._dates,
    "NumericRange": Compiler._dates,
    "Every": Compiler._every,
    "_NullQuery": Compiler._null,
    "And": Compiler._and,
    "Or": Compiler._or,
    "DisjunctionMax": Compiler._or,
    "Not": Compiler._not,
    "AndNot": Compiler._and_not,
    "AndMaybe": Compiler._maybe,
    "Require": Compiler._require,
    "ConstantScoreQuery": Compiler._constant,
}


def _text(text: Any) -> str:
    """A term's text; Whoosh allows bytes."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _words_of(query: Any) -> Iterator[str]:
    """The raw words of a query that could be scored."""
    if isinstance(query, whoosh.Term) and query.fieldname == "text":
        yield _text(query.text)
    elif isinstance(query, whoosh.Phrase):
        yield from (_text(word) for word in query.words)
    elif isinstance(query, (whoosh.Prefix, whoosh.Wildcard, whoosh.FuzzyTerm)):
        yield "kata"
    elif hasattr(query, "subqueries"):
        for child in query.subqueries:
            yield from _words_of(child)
    elif hasattr(query, "a") and hasattr(query, "b"):
        yield from _words_of(query.a)
        if not isinstance(query, (whoosh.Require, whoosh.AndNot)):
            yield from _words_of(query.b)


def _parts(query: Any) -> list[Any]:
    """The queries inside one that Whoosh runs, without what it excludes."""
    for name in ("qs", "subqs", "subqueries"):
        if hasattr(query, name):
            return list(getattr(query, name))
    if isinstance(query, whoosh.SpanNot):
        return [query.a]
    return [getattr(query, name) for name in ("a", "b", "q", "child") if hasattr(query, name)]


def _local(moment: int | None) -> int | None:
    """Whoosh's microseconds since the year 1 as local seconds since 1970."""
    return None if moment is None else moment // 1_000_000 - _YEAR_ONE


def _linear(glob: str) -> str:
    """A regex for a glob; runs of stars become one, which keeps matching linear.

    >>> re.fullmatch(_linear("ke**an"), "kementerian") is not None
    True
    """
    return translate(re.sub(r"\*+", "*", glob))
