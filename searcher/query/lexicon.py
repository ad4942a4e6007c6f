"""What an index knows of words: families, names, acronyms, spellings.

The planner's knowledge laid out for people to look at, by the same rules that expand a
query; nothing here ranks or searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from searcher.analysis import Analyzer
from searcher.analysis.roots import guarded
from searcher.query.planner import PlannerMemory

#: Words that a long form is looked for in.
LONGEST_ROW = 8

#: A word with its number of articles.
Counted = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Known:
    """One term of a text, and what the index knows of it.

    ``start`` and ``end`` are characters of the text, ``position`` counts words. Where the
    index has articles: ``articles`` that have the term; ``root`` as stored, or by rules for
    a term that no article has; ``family``, most frequent first, without names;
    ``capitals`` of ``middle`` uses inside sentences begin with a capital, and ``name`` says
    whether that makes it a name, which has no family; ``guarded`` are the relatives by root
    that are left out as names. ``long_forms`` and ``short_forms`` are (form, share of its
    explanations). ``nearest`` are for a term that no article has, with how much alike.
    """

    term: str
    position: int
    start: int
    end: int
    kind: str
    weight: float
    articles: int | None = None
    root: str | None = None
    family: tuple[Counted, ...] = ()
    guarded: tuple[Counted, ...] = ()
    capitals: int = 0
    middle: int = 0
    name: bool = False
    variants: tuple[str, ...] = ()
    long_forms: tuple[tuple[str, float], ...] = ()
    short_forms: tuple[tuple[str, float], ...] = ()
    nearest: tuple[tuple[str, float], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def known(text: str, analyzer: Analyzer, memory: PlannerMemory | None = None) -> Iterator[Known]:
    """The terms of a text in order; without a ``memory`` only what analysis says."""
    tokens = list(analyzer.analyze(text))
    plain = [token for token in tokens if token.kind != "whole"]
    place = {token.position: i for i, token in reversed(list(enumerate(plain)))}
    for token in tokens:
        analysed = Known(
            token.term,
            token.position,
            token.start,
            token.end,
            token.kind,
            analyzer.weight(token.term),
        )
        if memory is None:
            yield analysed
            continue
        at = place.get(token.position, len(plain))
        row = [other.term for other in plain[at : at + LONGEST_ROW]]
        yield _looked_up(analysed, row, memory)


def _looked_up(word: Known, row: list[str], memory: PlannerMemory) -> Known:
    """``word`` with what the index knows; ``row`` is it and the words that follow."""
    snapshot, term = memory.snapshot, word.term

    def counted(terms: list[str]) -> tuple[Counted, ...]:
        pairs = [(form, snapshot.doc_freq("text", form)) for form in terms]
        return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

    articles, capitals, middle, root = snapshot.known(term)
    if root is None:
        root = memory.roots.root(term, lambda other: snapshot.doc_freq("text", other))
    family = dict(memory.family(term))
    left_out = [
        form
        for form, (_, *uses) in snapshot.forms(root).items()
        if form != term and form not in family and guarded(*uses)
    ]
    shorts = [
        found
        for length in range(2, len(row) + 1)
        for found in memory.short_forms(" ".join(row[:length]))
    ]
    return replace(
        word,
        articles=articles,
        root=root,
        family=tuple(sorted(family.items(), key=lambda pair: (-pair[1], pair[0]))),
        guarded=counted(left_out),
        capitals=capitals,
        middle=middle,
        name=guarded(capitals, middle),
        variants=tuple(memory.variants.get(term, ())),
        long_forms=tuple(memory.long_forms(term)),
        short_forms=tuple(dict.fromkeys(shorts)),
        nearest=memory.stand_ins(term) if not articles and term.isalpha() else (),
    )


@dataclass(frozen=True, slots=True)
class Acronym:
    """One explanation of a short form.

    ``articles`` explain it so, which is ``share`` of all that explain the short form;
    ``used`` says whether a query for one is expanded to the other. A short form is
    ``ambiguous`` when it is expanded to more than one long form.
    """

    short: str
    long: str
    articles: int
    share: float
    used: bool
    ambiguous: bool

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def acronyms(memory: PlannerMemory, wanted: str = "") -> Iterator[Acronym]:
    """The acronyms that the articles explain, the most explained short forms first.

    ``wanted`` narrows them to short forms that begin so and long forms with these words.
    """
    groups: dict[str, dict[str, int]] = {}
    spellings: dict[str, dict[str, int]] = {}
    for (short, long), count in memory.snapshot.acronyms().items():
        key = short.lower()
        longs = groups.setdefault(key, {})
        longs[long] = longs.get(long, 0) + count
        written = spellings.setdefault(key, {})
        written[short] = written.get(short, 0) + count
    part = wanted.lower()
    for key, longs in sorted(groups.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        total = sum(longs.values())
        used = {long for long, _ in memory.long_forms(key)}
        short = max(spellings[key], key=lambda form: (spellings[key][form], form))
        for long, count in sorted(longs.items(), key=lambda item: (-item[1], item[0])):
            if key.startswith(part) or f" {part}" in f" {long}":
                yield Acronym(short, long, count, count / total, long in used, len(used) > 1)
