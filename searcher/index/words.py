"""Raw words to terms, once for every distinct word of a build.

The interner numbers raw words; this table holds, beside each number, what analysis made
of it, as flat arrays that the kernels read.
"""

from __future__ import annotations

import re
from array import array
from typing import Any

from searcher.analysis import Analyzer
from searcher.analysis.folding import fold
from searcher.index.acronyms import Explained, Miner
from searcher.kernels.columns import alone, occurrences, standing_for, valued
from searcher.kernels.words import Vocabulary

_NO_WORDS = array("I")

#: What ``kernels.writing.invert`` reads of a table: see ``WordTable.entries``.
Entries = tuple["array[int]", "array[int]", "array[int]", "array[int]"]

#: What words of one shape have in common, as ``Vocabulary.analyse`` reads it.
Template = tuple[tuple[tuple[Any, ...], ...], int, int, bool, bool]

#: One byte for another, or for none, in the other spellings of a number or compound.
_CHANGES = (("-", ""), (".", ""), (",", ""), ("'", ""), (".", ","), (":", "."), ("-", "/"))
#: What has no letters and no signs of its own; zeros that begin a number. Not compiled
#: before they are needed.
_NUMBER = r"[0-9]+([.,:/-][0-9]+)*"
_ZEROS = r"(?<![0-9])0+(?=[0-9])"
#: A letter or digit that is not ASCII.
_OTHER_LETTER = r"[^\W\x00-\x7f]"
#: What stands for others in a shape.
_STANDING = frozenset("qxzvjw0123456789")


def template_of(shape: str, analyzer: Analyzer) -> Template | None:
    """What all pieces of a shape (see ``Vocabulary``) are, or None where they differ.

    The analyzer is asked about the shape itself: each of its terms is a piece of it, as
    written or changed a little, and then is the same piece of every such word. Or it has
    nothing of the letters and digits that stand for others.

    >>> template_of("Qqqqqq-00", Analyzer())
    (((0, 9, 0, 0, False, 0, False), (0, 9, 45, 0, False, 0, False), \
(0, 6, 0, 0, False, 0, False), (7, 9, 0, 0, False, 1, False)), 2, 1, True, True)
    """
    (word,) = analyzer.words((shape,))
    parts: list[tuple[Any, ...]] = []
    exceptions, lower = analyzer.exceptions, shape.lower()
    for term, offset, start, end, _ in word.tokens:
        piece = _piece(lower, start, end, term)
        if piece is not None:
            parts.append((*piece, offset, term in exceptions))
        elif _STANDING.isdisjoint(term):
            parts.append((term.encode(), offset))
        else:
            return None
    capital = word.capital
    if capital == 0 and not shape[0].isalpha():
        # Without letters, it is the next word's that counts.
        if re.fullmatch(_NUMBER, shape):
            capital = -1
        else:
            (behind,) = analyzer.words((f'{shape}"Kata',))
            capital = -behind.capital
    stops = stops_after = True
    last = shape[-1]
    # Only behind letters may a full stop belong to the word: "A.", "S.H.", "dr.".
    if last.isalpha():
        run = _last_letters(shape)
        if len(run) == 1 or run.lower() in exceptions:
            (dotted,) = analyzer.words((shape + ".",))
            if not dotted.ends_sentence:
                (asked,) = analyzer.words((shape + ".?",))
                stops, stops_after = False, asked.ends_sentence
    return tuple(parts), word.width, capital, stops, stops_after


def _piece(shape: str, start: int, end: int, term: str) -> tuple[int, int, int, int, bool] | None:
    """``(start, end, old, new, bare)`` of a term, as ``Vocabulary.analyse`` reads a part."""
    if shape[start:end] == term:
        return *_span(shape, start, end), 0, 0, False
    stops = [end]
    if term.count("/") == 1:
        # The day of a date is the beginning of what it is placed at.
        stops += [i for i in range(start, end) if shape[i] in "/-"]
    for stop in stops:
        whole = shape[start:stop]
        for bare in (False, True):
            piece = re.sub(_ZEROS, "", whole) if bare else whole
            for old, new in _CHANGES:
                if piece.replace(old, new) == term:
                    return *_span(shape, start, stop), ord(old), ord(new or "\0"), bare
            if piece == term:
                return *_span(shape, start, stop), 0, 0, bare
    return None


def _span(shape: str, start: int, end: int) -> tuple[int, int]:
    """``start`` and ``end`` in bytes."""
    if shape.isascii():
        return start, end
    return len(shape[:start].encode()), len(shape[:end].encode())


def _folded(raw: bytes) -> bytes:
    """The word as analysis folds it, if it means the same; or nothing."""
    word = raw.decode()
    # No short way of analysis takes a word with such a letter, and a long one folds it.
    if not re.search(_OTHER_LETTER, word):
        return b""
    text = fold(word)[0]
    return text.encode() if fold(text)[0] == text else b""


def _last_letters(shape: str) -> str:
    start = len(shape)
    while start and shape[start - 1].isalpha():
        start -= 1
    return shape[start:]


class WordTable:
    """The vocabulary of one writer: raw words, terms, and which stands for which.

    ``term_at``, ``term_of``, ``offsets``, ``widths``, ``capital`` and ``ends`` are those of
    ``kernels.words.Vocabulary``, as of :meth:`analyse`.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._vocabulary = Vocabulary(
            [term.encode() for term in analyzer.exceptions],
            [ending.encode() for ending in analyzer.endings],
        )
        self._miner = Miner(self._vocabulary.raws.word)
        self._mined = 0  # raw words that the miner has seen
        # Glued words: (raw word, its parts) by number, and three terms a number.
        self._glued: dict[tuple[int, int, int], int] = {}
        self._glued_terms = array("I")

    def text(self, text: bytes) -> array[int]:
        """The raw word numbers of a text in UTF-8."""
        if not text:
            return _NO_WORDS
        numbers: array[int] = self._vocabulary.raws.add(text)
        return numbers

    def emptied(self) -> WordTable:
        """A table without words that still knows what words of many shapes are."""
        table = WordTable(self._analyzer)
        table._vocabulary.learn_from(self._vocabulary)
        return table

    def number(self, term: str) -> int:
        """The number of a term, given one if it is new."""
        number: int = self._vocabulary.terms.number(term.encode())
        return number

    @property
    def n_terms(self) -> int:
        """How many terms there are."""
        return len(self._vocabulary.terms)

    def sorted_terms(self, numbers: array[int]) -> tuple[array[int], dict[str, Any]]:
        """Terms by number in the order of their bytes, and the columns ``terms``, ``term_at``.

        ``numbers`` has each number once.
        """
        order, terms, term_at = self._vocabulary.terms.in_order(numbers)
        return order, {"terms": terms, "term_at": term_at}

    def analyse(self) -> None:
        """Bring the table up to date with the texts: each new raw word once."""
        vocabulary = self._vocabulary
        analyse = self._analyzer.words

        def rest(raw: bytes) -> tuple[list[bytes], list[int], int, int, bool]:
            (word,) = analyse((raw.decode(),))
            tokens = word.tokens
            return (
                [token[0].encode() for token in tokens],
                [token[1] for token in tokens],
                word.width,
                word.capital,
                word.ends_sentence,
            )

        def template(shape: bytes) -> Template | None:
            return template_of(shape.decode(), self._analyzer)

        vocabulary.analyse(rest, template, _folded)
        self.term_at: array[int] = vocabulary.term_at
        self.term_of: array[int] = vocabulary.term_of
        self.offsets: array[int] = vocabulary.offsets
        self.widths: array[int] = vocabulary.widths
        self.capital: bytearray = vocabulary.capital
        self.ends: bytearray = vocabulary.ends

    @property
    def n_raws(self) -> int:
        """How many raw words there are."""
        return len(self._vocabulary.raws)

    def acronyms(self, numbers: array[int], doc_at: array[int]) -> list[Explained]:
        """The acronyms that texts explain; see ``Miner.mine``."""
        self._miner.meet(self._vocabulary.raws.starting(b"([", self._mined))
        self._mined = self.n_raws
        return self._miner.mine(numbers, doc_at)

    def entries(self) -> Entries:
        """``term_at``, ``term_of``, ``offsets``, ``widths``: what ``kernels.writing`` reads.

        Behind the raw words stand those that :meth:`repaired` told of.
        """
        n, glued = len(self.term_of), len(self._glued)
        if not glued:
            return self.term_at, self.term_of, self.offsets, self.widths
        return (
            self.term_at + array("I", range(n + 3, n + 3 * glued + 1, 3)),
            self.term_of + self._glued_terms,
            self.offsets + array("I", (0, 0, 1)) * glued,
            self.widths + array("I", (2,)) * glued,
        )

    def repaired(self, numbers: array[int], corpus_words: int) -> list[tuple[int, int]]:
        """Where in ``numbers`` glued words stand, and which entry shall stand there instead.

        Whether "Trumpmengatakan" is two words depends on how often its halves occur in
        ``numbers``, so the same raw word may be glued here and not elsewhere. Entries stand
        for the word and for its parts; they are counted from the first behind those of the
        raw words (see :meth:`entries`).
        """
        from searcher.analysis import glue

        vocabulary = self._vocabulary.terms
        counts = occurrences(numbers, self.n_raws)
        often = alone(counts, self.term_at, self.term_of, self.n_terms)

        def count(term: str) -> int:
            number = vocabulary.find(term.encode())
            return 0 if number < 0 else often[number]

        suspects = vocabulary.joined(
            often, glue.RARE, glue.LONG, glue.PART_LENGTH, glue.frequent(corpus_words)
        )
        names = [vocabulary.word(t).decode() for t in suspects]
        repairs = glue.repairs(names, count, corpus_words)
        if not repairs:
            return []
        parts = {
            self.number(whole): (self.number(left), self.number(right))
            for whole, (left, right) in repairs.items()
        }
        marked = bytearray(self.n_terms)
        for term in parts:
            marked[term] = 1
        glued = array("I", bytes(4 * self.n_raws))  # the entry of a raw word, and 1, or 0
        for w in standing_for(counts, self.term_at, self.term_of, marked):
            whole = self.term_of[self.term_at[w]]
            key = w, *parts[whole]
            if key not in self._glued:
                self._glued[key] = len(self._glued)
                self._glued_terms.extend((whole, *parts[whole]))
            glued[w] = self._glued[key] + 1
        return [(place, entry - 1) for place, entry in zip(*valued(numbers, glued), strict=True)]
