"""Text becomes terms, the Indonesian way; indexing, searching and marking share it.

Owns folding, the rules for single words, stop word weights, roots and spelling variants.
Knows nothing of documents, storage or queries.

>>> from searcher.analysis import Analyzer
>>> analyzer = Analyzer()
>>> [(t.term, t.position) for t in analyzer.analyze("Kamis (9/3), anak-anak di-PHK")]
... # doctest: +NORMALIZE_WHITESPACE
[('kamis', 0), ('9/3', 1), ('9', 1), ('3', 2), ('anak-anak', 3), ('anak', 3),
 ('di-phk', 4), ('di', 4), ('phk', 5)]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from searcher.analysis.settings import fingerprint, token_settings
from searcher.analysis.tokenizer import Kind, Rules, Token, Word

__all__ = ["Analyzer", "PlacedToken", "Token", "Word"]

#: Raised when a rule changes what any word becomes; part of the fingerprint.
RULES_VERSION = 1

#: Words kept by :meth:`Analyzer.word`; at some 400 bytes each, about 25 MB.
REMEMBERED = 1 << 16

_raw_word = re.compile(r"\S+")  # cuts where str.split() cuts


class PlacedToken(NamedTuple):
    """A :class:`Token` in a text: position and offsets count from the text's beginning."""

    term: str
    position: int
    start: int
    end: int
    kind: Kind
    capital: int


class Analyzer:
    """One set of rules and word lists, applied to words one at a time.

    ``settings`` are another analyzer's :attr:`settings`, or a user's edits (see
    ``settings.token_settings``), or None for the shipped lists.

    >>> analyzer = Analyzer()
    >>> [t.term for t in analyzer.word("Rp1,5").tokens]
    ['rp1,5', 'rp', 'rupiah', '1,5', '1', '5']
    >>> Analyzer(analyzer.settings).fingerprint == analyzer.fingerprint
    True
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        if settings is None or "weights" not in settings:
            settings = token_settings(settings)
        #: JSON-able; an index keeps it to be searched by the same rules.
        self.settings: Mapping[str, Any] = settings
        self._rules = Rules(settings)
        self._weights: Mapping[str, float] = settings["weights"]
        self._memory: dict[str, Word] = {}

    @cached_property
    def fingerprint(self) -> str:
        """Differs between analyzers that make different terms of some text."""
        # Weights are a matter of queries: they change no term of an article.
        terms = {name: value for name, value in self.settings.items() if name != "weights"}
        return fingerprint(terms, RULES_VERSION)

    def word(self, raw: str) -> Word:
        """``raw``, free of white space, analysed; remembered.

        >>> Analyzer().word("Jum’at,").tokens
        (Token(term='jumat', position=0, start=0, end=6, kind='word'),)
        """
        word = self._memory.get(raw)
        if word is None:
            word = self._rules.analyse(raw)
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()  # rarely reached, and cheaper than keeping an order
            if len(raw) < 256:
                self._memory[raw] = word
        return word

    @property
    def exceptions(self) -> frozenset[str]:
        """``Rules.exceptions``: without these terms, words of common shapes are plain."""
        return self._rules.exceptions

    @property
    def endings(self) -> frozenset[str]:
        """``Rules.endings``: a full stop and one of them may make an address of a word."""
        return self._rules.endings

    def words(self, raws: Iterable[str]) -> Iterator[Word]:
        """Each of ``raws`` analysed and forgotten: the way for many distinct words."""
        return map(self._rules.analyse, raws)

    def analyze(self, text: str) -> Iterator[PlacedToken]:
        """The tokens of a whole text, in order of position within each raw word."""
        base = 0
        for match in _raw_word.finditer(text):
            word = self.word(match[0])
            at = match.start()
            for term, position, start, end, kind in word.tokens:
                yield PlacedToken(term, base + position, at + start, at + end, kind, word.capital)
            base += word.width

    def weight(self, term: str) -> float:
        """What a query word is worth: 1 content, 0.3 function word, 0 question word.

        >>> [Analyzer().weight(term) for term in ("beras", "yang", "siapakah")]
        [1.0, 0.3, 0.0]
        """
        return self._weights.get(term, 1.0)
