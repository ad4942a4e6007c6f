# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Affixes taken off in machine code, and the words that none can be taken off: most.

The tables of affixes come from ``searcher.analysis.affixes``, whose ``candidates`` says the
same in Python. Which of several roots is the right one is analysis' business.
"""

from __future__ import annotations

from collections.abc import Callable, Container

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["Affixes"]


@cython.final
@cython.cclass
class Affixes:
    """``rules`` are the module ``searcher.analysis.affixes``, or what has its tables."""

    _suffixes: dict
    _heads: object
    _openings: object
    _head: cython.Py_ssize_t
    _shortest: cython.Py_ssize_t
    _most: cython.int
    _most_prefixes: cython.int

    def __init__(self, rules: object) -> None:
        self._suffixes = rules.SUFFIXES
        self._heads = rules.HEADS
        self._openings = rules.openings
        self._head = rules.HEAD
        self._shortest = rules.SHORTEST
        self._most = rules.MOST_STEPS
        self._most_prefixes = rules.MOST_PREFIXES

    def candidates(self, word: str) -> list:
        """What may remain of ``word`` after 1, 2, ... affixes: a list of words for each number."""
        found: list = []
        seen: set = {word}
        level: list = [(word, 0, "", 0)]
        for _ in range(self._most):
            level = self._further(level, seen)
            if not level:
                break
            found.append([state[0] for state in level])
        return found

    def keep(
        self,
        lists: object,
        listed: Container,
        doc_freq: Callable,
        shortest_affixed: int,
        shortest_unlisted: int,
        common: int,
    ) -> list:
        """The terms of ``lists`` that may have another root than themselves, with their
        numbers, ascending.

        They are ``listed``; or have a hyphen; or leave, without affixes, a word that is
        listed, or that has ``shortest_unlisted`` letters and is in ``common`` documents,
        by ``doc_freq``. Words of fewer letters than ``shortest_affixed`` have no affixes.
        """
        kept: list = []
        number: cython.Py_ssize_t
        least: cython.Py_ssize_t = shortest_affixed
        for number in range(len(lists)):
            term: str = lists.term(number).decode()
            if (
                term in listed
                or "-" in term
                or (
                    len(term) >= least
                    and term.isascii()
                    and term.isalpha()
                    and self._leaves_word(term, listed, doc_freq, shortest_unlisted, common)
                )
            ):
                kept.append((number, term))
        return kept

    @cython.cfunc
    def _leaves_word(
        self,
        word: str,
        listed: object,
        doc_freq: object,
        shortest: cython.Py_ssize_t,
        common: cython.longlong,
    ) -> cython.bint:
        """Whether a word stays when affixes come off, one that a list or the index has."""
        if word[len(word) - 1] not in self._suffixes and word[:2] not in self._heads:
            return False  # as most are, and without a list that would have to be made
        seen: set = {word}
        level: list = [(word, 0, "", 0)]
        stem: str
        for _ in range(self._most):
            level = self._further(level, seen)
            if not level:
                break
            for state in level:
                stem = state[0]
                if stem in listed or (len(stem) >= shortest and doc_freq(stem) >= common):
                    return True
        return False

    @cython.cfunc
    def _further(self, level: list, seen: set) -> list:
        """The words that one more affix off leaves of those of a level, but those ``seen``.

        Each comes with how many layers of suffixes are passed, with its last prefix ("" if
        none is off), and with how many are. Adds what it finds to ``seen``.
        """
        following: list = []
        stem: str
        less: str
        outer: str
        put: str
        passed: cython.int
        prefixes: cython.int
        layer: cython.int
        room: cython.Py_ssize_t
        cut: cython.Py_ssize_t
        for stem, passed, outer, prefixes in level:
            room = len(stem) - self._shortest
            if room < 1:
                continue
            suffixes = self._suffixes.get(stem[len(stem) - 1])
            if suffixes is not None:
                for layer, suffix in suffixes:
                    if layer > passed and len(suffix) <= room and stem.endswith(suffix):
                        less = stem[: len(stem) - len(suffix)]
                        if less not in seen:
                            seen.add(less)
                            following.append((less, layer, outer, prefixes))
            if room < 2 or prefixes == self._most_prefixes or stem[:2] not in self._heads:
                continue
            for inner, put, cut in self._openings(outer, stem[: self._head]):
                less = put + stem[cut:]
                if len(less) >= self._shortest and less not in seen:
                    seen.add(less)
                    following.append((less, passed, inner, prefixes + 1))
        return following
