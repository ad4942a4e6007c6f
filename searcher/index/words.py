"""Raw words to terms, once for every distinct word of a build.

The interner numbers raw words; this table holds, beside each number, what analysis made
of it, as flat arrays that the kernels read.
"""

from __future__ import annotations

from array import array

from searcher.analysis import Analyzer
from searcher.kernels.words import Vocabulary

_NO_WORDS = array("I")


class WordTable:
    """The vocabulary of one writer: raw words, terms, and which stands for which.

    ``term_at``, ``term_of``, ``offsets``, ``widths``, ``capital`` and ``ends`` are those of
    ``kernels.words.Vocabulary``; ``raw`` the raw words by number, as of :meth:`analyse`.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._vocabulary = Vocabulary([term.encode() for term in analyzer.exceptions])
        self.raw: list[str] = []

    def text(self, text: str | None) -> array[int]:
        """The raw word numbers of a text."""
        if not text:
            return _NO_WORDS
        numbers: array[int] = self._vocabulary.raws.add(text.encode("utf-8", "replace"))
        return numbers

    def number(self, term: str) -> int:
        """The number of a term, given one if it is new."""
        number: int = self._vocabulary.terms.number(term.encode())
        return number

    @property
    def n_terms(self) -> int:
        """How many terms there are."""
        return len(self._vocabulary.terms)

    def terms(self) -> list[bytes]:
        """All terms by number; a new list."""
        words: list[bytes] = self._vocabulary.terms.words
        return words

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

        vocabulary.analyse(rest)
        word = vocabulary.raws.word
        self.raw.extend([word(w).decode() for w in range(len(self.raw), len(vocabulary.raws))])
        self.term_at: array[int] = vocabulary.term_at
        self.term_of: array[int] = vocabulary.term_of
        self.offsets: array[int] = vocabulary.offsets
        self.widths: array[int] = vocabulary.widths
        self.capital: bytearray = vocabulary.capital
        self.ends: bytearray = vocabulary.ends

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
        frequency = np.bincount(terms, weights=counts[single], minlength=self.n_terms)
        used = np.flatnonzero(frequency)
        names = self.terms()
        vocabulary = {names[t].decode(): int(frequency[t]) for t in used.tolist()}
        repairs = glue.repairs(vocabulary, corpus_words)
        if not repairs:
            return numbers, self.entries()
        term_at, term_of = array("I", self.term_at), array("I", self.term_of)
        offsets, widths = array("I", self.offsets), array("I", self.widths)
        renumber = np.arange(len(self.widths), dtype=np.uint32)
        glued = {self.number(term): parts for term, parts in repairs.items()}
        for w in single[np.isin(terms, list(glued))].tolist():
            whole = self.term_of[self.term_at[w]]
            left, right = glued[whole]
            renumber[w] = len(widths)
            term_of.extend((whole, self.number(left), self.number(right)))
            offsets.extend((0, 0, 1))
            term_at.append(len(term_of))
            widths.append(2)
        return array("I", renumber[words].tobytes()), (term_at, term_of, offsets, widths)
