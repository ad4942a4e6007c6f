"""A stored text and what the plan says matched → the passage worth showing, with ranges.

Owns: finding the matched surface words, choosing and cutting passages. Leaves to others:
which terms match (the plan), what a word's terms are (the analyzer), any markup (render).

A page of ten snippets must cost less than the search before it, so no text is analysed
as a whole. Terms are folded surface forms and nearly always stand in the text as they
are, case aside: ``kernels.passages`` proposes raw words and only those are given to the
analyzer, which decides. What folding hides from it (*Jum'at*, *Beyoncé*) is looked for
among the few words with an unusual character in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from searcher.kernels.passages import LONGEST, Proposer, best_window, cut
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


class Passage(NamedTuple):
    """A piece of the text to show; ``opens`` and ``closes`` tell whether it begins and
    ends where a sentence does."""

    start: int
    end: int
    opens: bool
    closes: bool


# Signs that may make a word's terms other than what stands there, between two letters or
# digits of it: Jum'at, R.A., M&A; with digits also Covid-19, 1.500, 09/03, 10,5.
_SIGNS = b"'`.&-"
_NUMBER_SIGNS = b",/:"
_ODD_SPACE = re.compile(r"\s{2,}|[^\S ]")
_RAW_WORD = re.compile(r"\S+")
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

#: One position of a text: term → (start, end, positions to the next word).
_Slot = dict[str, tuple[int, int, int]]


class Highlighter:
    """Finds what one query matched in any number of texts.

    Keeps what it learned of each raw word, so use one for a whole page of hits.
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
        self._word = analyzer.word
        self._seen: dict[str, tuple[Occurrence, ...]] = {}
        self._open_ended = bool(marks.prefixes or marks.patterns)
        self._patterns = [(re.compile(p), word, w) for p, word, w in marks.patterns]
        alone = {term for term, (word, _) in marks.terms.items() if word not in marks.only_phrases}
        self._phrases = [
            (number, phrase, _anchor(phrase))
            for number, phrase in enumerate(marks.phrases)
            # A phrase of one word that is marked anyway would count twice.
            if len(phrase) > 1 or (phrase and not phrase[0] <= alone)
        ]
        aliases: Mapping[str, list[str]] = analyzer.settings.get("aliases", {})
        single = [
            *alone,
            *(prefix for prefix, word, _ in marks.prefixes if word not in marks.only_phrases),
        ]
        single += [term for _, phrase, at in self._phrases for term in phrase[at]]
        # "rupiah" stands in the text as Rp, "persen" as %.
        single += [sign for sign, names in aliases.items() if not set(single).isdisjoint(names)]
        digits = any(map(str.isdigit, "".join(single)))
        signs = _SIGNS + _NUMBER_SIGNS if digits else _SIGNS
        self._propose = Proposer(_needles(single), signs, digits).propose
        self._wanted = (
            {word for word, _ in marks.terms.values()}
            | {word for _, word, _ in marks.prefixes}
            | {word for _, word, _ in marks.patterns}
        ) - marks.only_phrases

    # What matched

    def occurrences(self, text: str, *, expected: bool = False) -> list[Occurrence]:
        """Every matched stretch of a text (of its first matching window if it is very
        long), sorted by start; phrases beside their single words. When one is
        ``expected`` and none is found, every word is analysed."""
        if not self.marks:
            return []
        for begin in range(0, max(1, min(len(text), _FARTHEST)), _WINDOW):
            # A word may straddle the edge: it is found whole from one of the two sides.
            window = text[begin : begin + _WINDOW + LONGEST]
            found = self._in_window(window, expected=expected and not begin)
            if found:
                if begin:
                    found = [(start + begin, end + begin, *its) for start, end, *its in found]  # type: ignore[misc]
                return found
        return []

    def ranges(self, text: str) -> tuple[Range, ...]:
        """The ranges to mark in a text shown whole, such as a title."""
        return _merge(text, self.occurrences(text))

    def _in_window(self, text: str, *, expected: bool) -> list[Occurrence]:
        # Half of a surrogate pair becomes "?": one character, one byte.
        proposed, unusual = self._propose(text.encode("utf-8", "replace"))
        words = _words(text, proposed)
        found = self._matched(words)
        if self._patterns:
            words = dict(_split(text))
            found = self._matched(words)
        elif unusual and not self._wanted <= {word for _, _, word, _ in found}:
            more = {at: raw for at, raw in _words(text, unusual).items() if at not in words}
            found += self._matched(more)
            words |= more
        if self._phrases:
            found += self._phrases_among(text, words)
        if expected and not found:
            # Nothing stands here as it was indexed: ask the analyzer about every word.
            words = dict(_split(text[:_LAST_RESORT]))
            found = self._matched(words)
            if self._phrases:
                found += self._phrases_among(text, words)
        found.sort()
        return found

    def _matched(self, words: Mapping[int, str]) -> list[Occurrence]:
        found = []
        seen = self._seen
        for begin, raw in words.items():
            hits = seen.get(raw)
            if hits is None:
                hits = seen[raw] = self._match_word(raw)
            for start, end, word, weight in hits:
                found.append((begin + start, begin + end, word, weight))
        return found

    def _match_word(self, raw: str) -> tuple[Occurrence, ...]:
        """What of one raw word answers the query, the best weight per query word."""
        word = self._word(raw)
        if len(word.tokens) == 1 and not self._open_ended:
            # As most are: nothing to choose from.
            term, _, start, end, _ = word.tokens[0]
            answer = self.marks.terms.get(term)
            if answer is None or answer[0] in self.marks.only_phrases:
                return ()
            return ((start, end, *answer),)
        best: dict[int, Occurrence] = {}
        for token in word.tokens:
            for number, weight in self._answers(token.term):
                known = best.get(number)
                if number in self.marks.only_phrases or (known and known[3] >= weight):
                    continue
                start, end = token.start, token.end
                if word.width == 1:  # anak-anaknya is one word however it was matched
                    start = min(t.start for t in word.tokens)
                    end = max(t.end for t in word.tokens)
                best[number] = (start, end, number, weight)
        return tuple(best.values())

    def _answers(self, term: str) -> Iterator[tuple[int, float]]:
        answer = self.marks.terms.get(term)
        if answer:
            yield answer
        for prefix, number, weight in self.marks.prefixes:
            if term.startswith(prefix):
                yield number, weight
        for pattern, number, weight in self._patterns:
            if pattern.fullmatch(term):
                yield number, weight

    def _phrases_among(self, text: str, words: Mapping[int, str]) -> list[Occurrence]:
        """The places where a phrase stands, looked for around the words that were found."""
        found = []
        for number, phrase, at in self._phrases:
            weight = _PHRASE * sum(self._weight(alternatives) for alternatives in phrase)
            reach = 64 * (len(phrase) + 1)
            for begin, raw in words.items():
                if phrase[at].isdisjoint(token.term for token in self._word(raw).tokens):
                    continue
                low = max(0, begin - reach)
                near = [
                    (low + start, word)
                    for start, word in _split(text[low : begin + len(raw) + reach])
                    # The cut may have left half a word.
                    if start or not low or text[low - 1].isspace()
                ]
                slots = [slot for start, word in near for slot in self._slots(start, word)]
                for first in range(len(slots)):
                    end = _phrase_end(slots, first, phrase)
                    if end is not None:
                        start = min(slots[first][t][0] for t in phrase[0] if t in slots[first])
                        found.append((start, end, -1 - number, weight))
        return list(dict.fromkeys(found))

    def _weight(self, alternatives: frozenset[str]) -> float:
        terms = self.marks.terms
        return max((terms[term][1] for term in alternatives if term in terms), default=1.0)

    def _slots(self, begin: int, raw: str) -> list[_Slot]:
        """The positions a raw word takes, none if it is punctuation alone."""
        word = self._word(raw)
        slots: list[_Slot] = [{} for _ in range(word.width)]
        for token in word.tokens:
            step = word.width if token.kind == "whole" else 1
            slots[token.position][token.term] = (begin + token.start, begin + token.end, step)
        return slots

    # What to show

    def snippet(self, body: str, *, width: int = 240, passages: int = 2) -> Snippet:
        """The best passage, or passages, of a body in about ``width`` characters.

        With no match in the body, its beginning. Several passages are shown only when
        one alone would miss a query word that another has.
        """
        occurrences = self.occurrences(body, expected=True)
        if not occurrences:
            return _assemble(body, [self._cut(body, 0, 0, width, 0, len(body))], [])
        chosen = self._choose(body, occurrences, width, passages)
        return _assemble(body, sorted(chosen), occurrences)

    def _choose(
        self, body: str, occurrences: list[Occurrence], width: int, passages: int
    ) -> list[Passage]:
        present = {word for _, _, word, _ in occurrences}
        best: list[Passage] = []
        best_shown: set[int] = set()
        for parts in range(1, max(1, min(passages, width // _SHORTEST)) + 1):
            chosen, shown = self._parts(body, occurrences, width // parts, parts)
            # More passages that show no more words are only choppy.
            if len(shown) > len(best_shown):
                best, best_shown = chosen, shown
            if shown >= present:
                break
        return best

    def _parts(
        self, body: str, occurrences: list[Occurrence], width: int, parts: int
    ) -> tuple[list[Passage], set[int]]:
        """Up to ``parts`` passages of ``width``, the best first, and the query words in them."""
        chosen: list[Passage] = []
        shown: set[int] = set()
        while len(chosen) < parts and occurrences:
            at, behind = best_window(occurrences, width, shown, _AGAIN, _NEAR)
            window = occurrences[at:behind]
            if chosen and {word for _, _, word, _ in window} <= shown:
                break
            first, last = window[0][0], max([end for _, end, _, _ in window])
            floor, ceiling = 0, len(body)
            for passage in chosen:
                if passage.end <= first:
                    floor = max(floor, passage.end)
                else:
                    ceiling = min(ceiling, passage.start)
            start, end, _, _ = passage = self._cut(body, first, last, width, floor, ceiling)
            chosen.append(passage)
            shown.add(window[0][2])
            rest = []
            for occurrence in occurrences:
                begins, ends, word, _ = occurrence
                if ends <= start or begins >= end:
                    rest.append(occurrence)
                elif begins >= start and ends <= end:
                    shown.add(word)
            occurrences = rest
        return chosen, shown

    def _cut(
        self, body: str, first: int, last: int, width: int, floor: int, ceiling: int
    ) -> Passage:
        """Grow body[first:last] to about ``width`` characters within [floor, ceiling)."""
        return Passage(
            *cut(body, first, last, width, floor, ceiling, self._ends_sentence, _within_word)
        )

    def _ends_sentence(self, raw: str) -> bool:
        return self._word(raw).ends_sentence


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


def _words(text: str, bounds: list[int]) -> dict[int, str]:
    """The raw words between pairs of bounds, by start."""
    return {begin: text[begin:end] for begin, end in zip(bounds[::2], bounds[1::2], strict=True)}


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Every raw word of a text with its start, as str.split() cuts."""
    for match in _RAW_WORD.finditer(text):
        if match.end() - match.start() <= LONGEST:
            yield match.start(), match[0]


def _anchor(phrase: tuple[frozenset[str], ...]) -> int:
    """The position of a phrase that is quickest to look for: its longest words."""
    return max(range(len(phrase)), key=lambda i: (min(map(len, phrase[i]), default=0), -i))


def _phrase_end(
    slots: list[_Slot], at: int, phrase: tuple[frozenset[str], ...], part: int = 0
) -> int | None:
    """Where the phrase that begins at slot ``at`` ends, or None if it does not stand there."""
    if at >= len(slots):
        return None
    for term in phrase[part]:
        if term in slots[at]:
            _, end, step = slots[at][term]
            if part + 1 == len(phrase):
                return end
            rest = _phrase_end(slots, at + step, phrase, part + 1)
            if rest is not None:
                return rest
    return None


# Choosing and cutting


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


def _merge(text: str, occurrences: list[Occurrence]) -> tuple[Range, ...]:
    """Sorted ranges without overlap; two parts of one compound become one."""
    ranges: list[Range] = []
    for start, end, _, _ in occurrences:
        if ranges:
            last = ranges[-1]
            between = text[last[1] : start]
            if start <= last[1] or (
                len(between) == 1 and not between.isspace() and not between.isalnum()
            ):
                ranges[-1] = (last[0], max(last[1], end))
                continue
        ranges.append((start, end))
    return tuple(ranges)


def _assemble(body: str, passages: list[Passage], occurrences: list[Occurrence]) -> Snippet:
    """The passages as one text, white space folded, "…" where the text goes on."""
    pieces: list[str] = []
    ranges: list[Range] = []
    at = 0
    previous: Passage | None = None
    for passage in passages:
        start, end = passage.start, passage.end
        if previous is None:
            joint = "" if passage.opens else "… "
        else:
            joint = " " if body[previous.end : start].isspace() else " … "
        at += len(joint)
        # A phrase cut in two is not that phrase; a word is cut only when it is too long
        # to be shown whole.
        inside = [
            (begins, min(ends, end), word, weight)
            for begins, ends, word, weight in occurrences
            if start <= begins < end and (ends <= end or word >= 0)
        ]
        text, marked = _fold_spaces(body[start:end], start, _merge(body, inside))
        ranges += [(first + at, last + at) for first, last in marked]
        pieces += joint, text
        at += len(text)
        previous = passage
    if previous is not None and not previous.closes:
        pieces.append(" …")
    return Snippet("".join(pieces), tuple(ranges))


def _fold_spaces(text: str, begin: int, ranges: tuple[Range, ...]) -> tuple[str, list[Range]]:
    """The text with every white space as one " ", and the ranges (counted from ``begin``
    before it) as ranges into it.

    >>> _fold_spaces("naik.\\n\\nHarga", 100, ((107, 112),))
    ('naik. Harga', [(6, 11)])
    """
    if text.isprintable() and "  " not in text:
        return text, [(start - begin, end - begin) for start, end in ranges]
    runs = [(m.end(), len(m[0]) - 1) for m in _ODD_SPACE.finditer(text)]

    def moved(at: int) -> int:
        return at - sum(removed for end, removed in runs if end <= at)

    folded = [(moved(start - begin), moved(end - begin)) for start, end in ranges]
    return _ODD_SPACE.sub(" ", text), folded
