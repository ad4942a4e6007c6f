"""A stored text and what the plan says matched → the passage worth showing, with ranges.

Owns: what counts as a match, and what a passage is worth. Leaves to others: which terms
match (the plan), what a word's terms are (the analyzer), reading texts and cutting passages
out of them (``kernels.passages``), any markup (render).

A page of ten snippets must cost less than the search before it, so no text is analysed
as a whole. Terms are folded surface forms and nearly always stand in the text as they
are, case aside: ``kernels.passages`` proposes raw words and only those are given to the
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

from searcher.kernels.passages import LONGEST, Matcher, Passages, Phrases, Proposer, split
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

    Threads may share one, and it does not grow: what is learned of raw words is kept for the
    page (:meth:`snippets`) that is being made.
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
        self.matcher = partial(Matcher, analyzer.word, alone, prefixes, patterns)
        self.every_word = bool(patterns)
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
        self._propose = Proposer(_needles(single), signs, digits).propose
        self.passages = partial(Passages, analyzer.word, _within_word, _AGAIN, _NEAR, _SHORTEST)
        self.wanted = (
            {word for word, _ in marks.terms.values()}
            | {word for _, word, _ in marks.prefixes}
            | {word for _, word, _ in marks.patterns}
        ) - marks.only_phrases

    # What matched

    def occurrences(self, text: str) -> list[Occurrence]:
        """Every matched stretch of a text (of its first matching window if it is very
        long), sorted by start; phrases beside their single words."""
        if not self.marks:
            return []
        return _Page(self).occurrences(text, *self.proposed([text])[0])

    def proposed(self, texts: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """What the kernel proposes of the first window of each text."""
        # Half of a surrogate pair becomes "?": one character, one byte.
        proposed: list[tuple[list[int], list[int]]] = self._propose(
            [text[: _WINDOW + LONGEST].encode("utf-8", "replace") for text in texts]
        )
        return proposed

    def ranges(self, text: str) -> tuple[Range, ...]:
        """The ranges to mark in a text shown whole, such as a title."""
        ranges: tuple[Range, ...] = self.passages().ranges(text, self.occurrences(text))
        return ranges

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
        show, page = self.passages().show, _Page(self)
        if not self.marks:
            return [Snippet(*show(body, [], width, passages)) for body in bodies]
        snippets = []
        for number, (body, its) in enumerate(zip(bodies, self.proposed(bodies), strict=True)):
            found = page.occurrences(body, *its)
            if not found and not elsewhere(number):
                found = page.of_every_word(body[:_LAST_RESORT])
            snippets.append(Snippet(*show(body, found, width, passages)))
        return snippets


class _Page:
    """What one highlighter learns of raw words while it looks at the texts of a page."""

    def __init__(self, its: Highlighter) -> None:
        self._its = its
        self._matcher = its.matcher()
        self._phrases = its.phrases() if its.phrases else None

    def occurrences(self, text: str, proposed: list[int], unusual: list[int]) -> list[Occurrence]:
        """As :meth:`Highlighter.occurrences`, of what was proposed for the first window."""
        if len(text) <= _WINDOW:
            return self._in_window(text, proposed, unusual)
        for begin in range(0, min(len(text), _FARTHEST), _WINDOW):
            # A word may straddle the edge: it is found whole from one of the two sides.
            window = text[begin : begin + _WINDOW + LONGEST]
            if begin:
                proposed, unusual = self._its.proposed([window])[0]
            found = self._in_window(window, proposed, unusual)
            if found:
                return [(start + begin, end + begin, *its) for start, end, *its in found]  # type: ignore[misc]
        return []

    def of_every_word(self, text: str) -> list[Occurrence]:
        """The same, where nothing may stand as it was indexed: the analyzer sees all words."""
        return self._in_window(text, split(text), [])

    def _in_window(self, text: str, proposed: list[int], unusual: list[int]) -> list[Occurrence]:
        if self._its.every_word:
            proposed, unusual = split(text), []
        found: list[Occurrence]
        found, more = self._matcher.answers(text, proposed, unusual, self._its.wanted)
        if self._phrases:
            found += self._phrases.near(text, proposed)
            if more:
                found += self._phrases.near(text, unusual)
            found = sorted(set(found))
        return found


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
