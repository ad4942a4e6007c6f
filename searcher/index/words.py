"""Raw words to terms, once for every distinct word of a build.

The interner numbers raw words; this table holds, beside each number, what analysis made
of it, as flat arrays that the kernels read.
"""

from __future__ import annotations

from array import array

from searcher.analysis import Analyzer
from searcher.kernels.words import Interner


class WordTable:
    """The vocabulary of one writer: raw words, terms, and which stands for which.

    ``terms[t]`` is term ``t``; ``numbers`` the reverse. Raw word ``w`` stands for the terms
    ``term_of[term_at[w]:term_at[w + 1]]`` at ``offsets``, takes ``widths[w]`` positions, and
    has a byte in ``capital`` (0, 1, 2: see ``Word.capital``) and ``ends`` (1: a sentence
    ends with it).
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.interner = Interner()
        self.terms: list[str] = []
        self.numbers: dict[str, int] = {}
        self.term_at = array("I", [0])
        self.term_of = array("I")
        self.offsets = array("I")
        self.widths = array("I")
        self.capital = bytearray()
        self.ends = bytearray()
        self.raw: list[str] = []

    def text(self, text: str) -> array[int]:
        """The raw word numbers of a text."""
        numbers: array[int] = self.interner.add(text.encode("utf-8", "replace"))
        return numbers

    def number(self, term: str) -> int:
        """The number of a term, given one if it is new."""
        number = self.numbers.get(term)
        if number is None:
            number = self.numbers[term] = len(self.terms)
            self.terms.append(term)
        return number

    def analyse(self) -> None:
        """Bring the table up to date with the interner: each new raw word once."""
        word_of, number = self._analyzer.word, self.number
        words = self.interner.words
        for w in range(len(self.widths), len(words)):
            raw = words[w].decode()
            word = word_of(raw)
            self.raw.append(raw)
            for token in word.tokens:
                self.term_of.append(number(token.term))
                self.offsets.append(token.position)
            self.term_at.append(len(self.term_of))
            self.widths.append(word.width)
            self.capital.append(word.capital)
            self.ends.append(word.ends_sentence)

    def entries(self) -> tuple[array[int], array[int], array[int], array[int]]:
        """``term_at``, ``term_of``, ``offsets``, ``widths``: what ``kernels.expand`` reads."""
        return self.term_at, self.term_of, self.offsets, self.widths

    def repaired(
        self, numbers: array[int], corpus_words: int
    ) -> tuple[array[int], tuple[array[int], array[int], array[int], array[int]]]:
        """``numbers`` with glued words standing for their parts as well.

        Whether "Trumpmengatakan" is two words depends on how often its halves occur in
        the batch, so this is decided when a batch is written and for that batch alone:
        repaired words get numbers above all others in the returned tables.
        """
        import numpy as np

        from searcher.analysis import glue

        words = np.frombuffer(numbers, dtype=np.uint32)
        counts = np.bincount(words, minlength=len(self.widths))
        first = np.frombuffer(self.term_at, dtype=np.uint32)
        single = np.flatnonzero((np.diff(first) == 1) & (counts > 0))
        terms = np.frombuffer(self.term_of, dtype=np.uint32)[first[single]]
        frequency = np.bincount(terms, weights=counts[single], minlength=len(self.terms))
        used = np.flatnonzero(frequency)
        vocabulary = {self.terms[t]: int(frequency[t]) for t in used.tolist()}
        repairs = glue.repairs(vocabulary, corpus_words)
        if not repairs:
            return numbers, self.entries()
        term_at, term_of = array("I", self.term_at), array("I", self.term_of)
        offsets, widths = array("I", self.offsets), array("I", self.widths)
        renumber = np.arange(len(self.widths), dtype=np.uint32)
        glued = {self.numbers[term]: parts for term, parts in repairs.items()}
        for w in single[np.isin(terms, list(glued))].tolist():
            whole = self.term_of[self.term_at[w]]
            left, right = glued[whole]
            renumber[w] = len(widths)
            term_of.extend((whole, self.number(left), self.number(right)))
            offsets.extend((0, 0, 1))
            term_at.append(len(term_of))
            widths.append(2)
        return array("I", renumber[words].tobytes()), (term_at, term_of, offsets, widths)
