"""A stored text and what the plan says matched → the passage worth showing, with ranges.

Owns: what counts as a match, and what a passage is worth. Leaves to others: which terms
match (the plan), what a word's terms are (the analyzer), reading texts (``kernels.matching``)
and cutting passages out of them (``kernels.passages``), any markup (render).

A page of ten snippets must cost less than the search before it, so no text is analysed
as a whole. Terms are folded surface forms and nearly always stand in the text as they
are, case aside: ``kernels.matching`` proposes raw words and only those are given to the
analyzer, which decides. What folding hides from it (*Jum'at*, *Beyoncé*) is looked for
among the few words with an unusual character in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from searcher.kernels.matching import LONGEST, Matcher, Phrases, Proposer, split
from searcher.kernels.passages import Passages
from searcher.results import Range, Snippet

if TYPE_CHECKING:
    from searcher.analysis import Analyzer


class Marks(NamedTuple):
    """What matched, as the planner knows it: folded terms, not text.

    ``terms`` maps a term to (number of the query word it answers, weight); the weight
    is about an idf, a relative's or a function word's smaller. A term that starts with
    one of ``prefixes`` matches, and so does one that a regex of ``patterns`` matches in
    full. Each of ``phrases`` lists the alternatives of every position; it is marked as
    one range where they stand side by side. Query words in ``only_phrases`` came from
    quotes alone and are marked nowhere else.
    """

    terms: Mapping[str, tuple[int, float]] = MappingProxyType({})
    prefixes: tuple[tuple[str, int, float], ...] = ()
    patterns: tuple[tuple[str, int, float], ...] = ()
    phrases: tuple[tuple[frozenset[str], ...], ...] = ()
    only_phrases: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.terms or self.prefixes or self.patterns or self.phrases)


#: One matched stretch of a text: (start, end, word, weight). The word is the query word's
#: number, or -1 - i for phrase i. Bare tuples: a page of snippets makes hundreds.
Occurrence: TypeAlias = tuple[int, int, int, float]


# Signs that may make a word's terms other than what stands there, between two letters or
# digits of it: Jum'at, R.A., M&A; with digits also Covid-19, 1.500, 09/03, 10,5.
_SIGNS = b"'`.&-"
_NUMBER_SIGNS = b",/:"
#: Characters of a body looked at together; a longer body is read window by window until
#: something matched, up to ``_FARTHEST`` characters in.
_WINDOW = 200_000
_FARTHEST = 2_000_000
#: Characters analysed word by word when nothing was found any other way.
_LAST_RESORT = 20_000

#: A passage of several is at least this long.
_SHORTEST = 40

#: A stretch is worth the weights of its different query words; beside these, each
#: occurrence is worth a tenth of its own weight (so that the word itself counts more than a
#: relative), and two different query words side by side up to a third of the lighter one.
_AGAIN = 0.1
_NEAR = 1 / 3
#: A phrase is worth this many times its words, on top of them.
_PHRASE = 1.5

#: Words lighter than this share of the heaviest (*di*, *yang* beside others) are marked
#: only inside phrases: a page full of marked function words shows nothing.
_TOO_LIGHT = 0.04


class Highlighter:
    """Finds what one query matched in any number of texts.

    Threads may share one. What is learned of raw words is kept for the pages to come, of a
    few hundred words.
    """

    def __init__(self, marks: Marks, analyzer: Analyzer) -> None:
        light = _too_light(marks)
        if light:
            marks = Marks(
                marks.terms,
                marks.prefixes,
                marks.patterns,
                marks.phrases,
                marks.only_phrases | light,
            )
        self.marks = marks
        alone = {
            term: answer
            for term, answer in marks.terms.items()
            if answer[0] not in marks.only_phrases
        }
        prefixes = tuple(its for its in marks.prefixes if its[1] not in marks.only_phrases)
        patterns = tuple(
            (re.compile(pattern).fullmatch, word, weight)
            for pattern, word, weight in marks.patterns
            if word not in marks.only_phrases
        )
        phrases = [
            (number, phrase, _anchor(phrase), _PHRASE * sum(map(self._weight, phrase)))
            for number, phrase in enumerate(marks.phrases)
            # A phrase of one word that is marked anyway would count twice.
            if len(phrase) > 1 or (phrase and not phrase[0] <= alone.keys())
        ]
        self.phrases = partial(Phrases, phrases, analyzer.word) if phrases else None
        aliases: Mapping[str, list[str]] = analyzer.settings.get("aliases", {})
        single = [*alone, *(prefix for prefix, *_ in prefixes)]
        single += [term for _, phrase, at, _ in phrases for term in phrase[at]]
        # "rupiah" stands in the text as Rp, "persen" as %.
        terms = set(single)
        single += [sign for sign, names in aliases.items() if not terms.isdisjoint(names)]
        digits = any(map(str.isdigit, "".join(single)))
        signs = _SIGNS + _NUMBER_SIGNS if digits else _SIGNS
        wanted = (
            {word for word, _ in marks.terms.values()}
            | {word for _, word, _ in marks.prefixes}
            | {word for _, word, _ in marks.patterns}
        ) - marks.only_phrases
        propose = Proposer(_needles(single), signs, digits)
        self.matcher = partial(Matcher, propose, analyzer.word, alone, prefixes, patterns, wanted)
        self.passages = partial(Passages, analyzer.word, _within_word, _AGAIN, _NEAR, _SHORTEST)
        self.every_word = bool(patterns)
        self.pages: list[_Page] = []

    # What matched

    def occurrences(self, text: str) -> list[Occurrence]:
        """Every matched stretch of a text (of its first matching window if it is very
        long), sorted by start; phrases beside their single words."""
        page = self._begin([text])
        matcher = page.find(0, text)
        page.end()
        return list(zip(*(its[: matcher.n] for its in matcher.found), strict=True))

    def ranges(self, text: str) -> tuple[Range, ...]:
        """The ranges to mark in a text shown whole, such as a title."""
        page = self._begin([text])
        matcher = page.find(0, text)
        ranges: tuple[Range, ...] = page.passages.ranges(text, matcher.found, matcher.n)
        page.end()
        return ranges

    def _begin(self, texts: Sequence[str]) -> _Page:
        """Look at texts together, until the page ends."""
        try:
            page = self.pages.pop()
        except IndexError:
            page = _Page(self)
        page.look(texts)
        return page

    def _weight(self, alternatives: frozenset[str]) -> float:
        terms = self.marks.terms
        return max((terms[term][1] for term in alternatives if term in terms), default=1.0)

    # What to show

    def snippet(self, body: str, *, width: int = 240, passages: int = 2) -> Snippet:
        """The best passage, or passages, of a body in about ``width`` characters.

        With no match in the body, its beginning. Several passages are shown only when
        one alone would miss a query word that another has.
        """
        return self.snippets([body], width=width, passages=passages)[0]

    def snippets(
        self,
        bodies: Sequence[str],
        elsewhere: Callable[[int], bool] = lambda number: False,
        *,
        width: int = 240,
        passages: int = 2,
    ) -> list[Snippet]:
        """The :meth:`snippet` of each body; quicker than one by one.

        ``elsewhere`` tells of the body at a place whether its article matches in another
        text: only if not, a body with no match to be seen is analysed as a whole.
        """
        page = self._begin(bodies)
        show = page.passages.show
        snippets = []
        for place, body in enumerate(bodies):
            matcher = page.find(place, body)
            if not matcher.n and self.marks and not elsewhere(place):
                page.find_in_every_word(body[:_LAST_RESORT])
            snippets.append(Snippet(*show(body, matcher.found, matcher.n, width, passages)))
        page.end()
        return snippets


class _Page:
    """Texts that are looked at together; one after another, by one thread at a time."""

    def __init__(self, its: Highlighter) -> None:
        self._its = its
        self._matcher = its.matcher()
        self.passages = its.passages()

    def look(self, texts: Sequence[str]) -> None:
        """Begin with the first windows of these texts."""
        its = self._its
        self._phrases = its.phrases() if its.phrases else None
        if its.marks:
            # Half of a surrogate pair becomes "?": one character, one byte.
            self._matcher.look(
                [text[: _WINDOW + LONGEST].encode("utf-8", "replace") for text in texts]
            )

    def end(self) -> None:
        """Lend what the texts were read with to the next page."""
        self._matcher.rest()
        self._its.pages.append(self)

    def find(self, place: int, text: str) -> Matcher:
        """Find the occurrences in the text at that place of the page; the matcher has them."""
        if not self._its.marks:
            return self._matcher
        page = self
        page._find_in_window(place, text[: _WINDOW + LONGEST])
        for begin in range(_WINDOW, min(len(text), _FARTHEST), _WINDOW):
            if page._matcher.n:
                break
            # A word may straddle the edge: it is found whole from one of the two sides.
            window = text[begin : begin + _WINDOW + LONGEST]
            page = _Page(self._its)
            page.look([window])
            page._find_in_window(0, window)
            page._matcher.move(begin)
        return page._matcher

    def _find_in_window(self, place: int, text: str) -> None:
        if self._its.every_word:
            self.find_in_every_word(text)
            return
        matcher = self._matcher
        more = matcher.answers(place)
        if self._phrases:
            near = self._phrases.near(text, matcher.bounds(place, False))
            if more:
                near += self._phrases.near(text, matcher.bounds(place, True))
            matcher.add(near)

    def find_in_every_word(self, text: str) -> None:
        """Find occurrences where nothing may stand as it was indexed: the analyzer sees all
        words."""
        words = split(text)
        self._matcher.answers_of(text, words)
        if self._phrases:
            self._matcher.add(self._phrases.near(text, words))


def snippet(
    body: str, marks: Marks, analyzer: Analyzer, *, width: int = 240, passages: int = 2
) -> Snippet:
    """The best passages of one body; for a page of hits use one :class:`Highlighter`."""
    return Highlighter(marks, analyzer).snippet(body, width=width, passages=passages)


def highlight(text: str, marks: Marks, analyzer: Analyzer) -> tuple[Range, ...]:
    """The ranges to mark in a text shown whole, such as a title."""
    return Highlighter(marks, analyzer).ranges(text)


# Finding words


def _too_light(marks: Marks) -> frozenset[int]:
    """The query words that hardly count beside the others."""
    weights: dict[int, float] = {}
    for word, weight in marks.terms.values():
        weights[word] = max(weight, weights.get(word, 0.0))
    if len(weights) < 2:
        return frozenset()
    least = _TOO_LIGHT * max(weights.values())
    return frozenset(word for word, weight in weights.items() if weight < least)


def _needles(terms: list[str]) -> list[tuple[bytes, bool]]:
    """The fewest substrings that every term has one of, and whether each is so short
    that it must stand alone to be worth a look. Terms outside ASCII have none.

    >>> _needles(["beras", "berasnya", "ke"])
    [(b'ke', True), (b'beras', False)]
    """
    short: list[bytes] = []
    kept: list[bytes] = []
    for term in sorted(set(terms), key=len):
        if not term.isascii() or not term:
            continue
        needle = term.encode()
        # A short needle is checked for standing alone, so it cannot speak for longer ones.
        if len(needle) <= 3:
            short.append(needle)
            continue
        for known in kept:
            if known in needle:
                break
        else:
            kept.append(needle)
    return [(needle, True) for needle in short] + [(needle, False) for needle in kept]


def _anchor(phrase: tuple[frozenset[str], ...]) -> int:
    """The position of a phrase that is quickest to look for: its longest words."""
    return max(range(len(phrase)), key=lambda i: (min(map(len, phrase[i]), default=0), -i))


# Cutting


def _within_word(body: str, limit: int, at: int) -> int:
    """Where to cut a word that fills body[limit:at]: there, but no letter loses its marks."""
    while at > limit and _joins(body[at - 1], body[at]):
        at -= 1
    return at


def _joins(before: str, after: str) -> bool:
    """Whether a cut between two characters would split what a reader sees as one."""
    return (
        unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\u200d" in (before, after)
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )
