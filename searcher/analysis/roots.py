"""The root of a term: what makes *menteri* and *kementerian* one family.

A root is ``simplemma``'s lemma where its list has the word; else what our affix rules
reach, if that is a word. Roots say which surface forms belong together; they are never
indexed themselves, so better rules need no new index. Names do not come here: the index
knows from their capitals which words those are (:func:`guarded`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from searcher.analysis.affixes import candidates
from searcher.analysis.settings import fingerprint, root_settings
from searcher.kernels.lemmas import unpack

#: Raised when a rule changes any root; part of the fingerprint.
RULES_VERSION = 1

#: A shorter word is its own root, or in the list of lemmas.
SHORTEST_AFFIXED = 6
#: A root that no list has is as long, and in so many documents.
SHORTEST_UNLISTED, COMMON = 4, 3

_BOUND_PREFIXES = frozenset(("di", "ber", "ter", "me", "mem", "men", "meng", "pe", "pem", "peng"))
_BOUND_SUFFIXES = frozenset(("nya", "ku", "mu", "lah", "kah", "pun", "an"))
_ECHOES = ("", "an", "nya", "annya", "kan", "i")


def guarded(capitalised: int, total: int) -> bool:
    """Whether a word is a name: its own root, and no other word's.

    ``capitalised`` of its ``total`` uses inside sentences begin with a capital; first
    words of sentences, headlines and texts in capitals say nothing and are not counted.

    Over 90 %, because at 50 % *Menteri* and *Kementerian*, which titles and offices
    capitalise, would be names and never meet; at least 3 uses, because one is chance.
    On nine query sets no threshold changes ranking; this one keeps *bekas* from
    finding *Bekasi*.

    >>> guarded(980, 1000), guarded(700, 1000), guarded(2, 2)
    (True, False, False)
    """
    return total >= 3 and capitalised > 0.9 * total


class Roots:
    """Roots by lemma list, rules and the user's own list.

    ``settings`` are another object's :attr:`settings`, or a user's edits (see
    ``settings.root_settings``), or None for the shipped lists. ``lemmas`` is a mapping
    from word to lemma, loaded from ``simplemma`` when first needed (0.1 s).

    >>> roots = Roots()
    >>> [roots.root(word) for word in ("kementerian", "menewaskan", "penyidikan", "beras")]
    ['menteri', 'tewas', 'sidik', 'beras']
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        lemmas: Mapping[str, str] | None = None,
        candidates: Callable[[str], Iterable[list[str]]] = candidates,
    ) -> None:
        if settings is None or "fixed" not in settings:
            settings = root_settings(settings)
        #: JSON-able; an index keeps it with the roots it stores.
        self.settings: Mapping[str, Any] = settings
        self.fingerprint = fingerprint(settings, RULES_VERSION)
        self._fixed: Mapping[str, str] = settings["fixed"]
        self._lemmas = lemmas
        self._candidates = candidates
        #: The list of lemmas, and what it leads to, once loaded.
        self._words: tuple[Mapping[str, str], frozenset[str]] | None = None

    def root(self, term: str, doc_freq: Callable[[str], int] = lambda word: 0) -> str:
        """The root of a folded ``term``; ``doc_freq`` tells which other words there are.

        Depends on nothing but the settings and the document frequencies asked for.
        """
        if term in self._fixed:
            return self._follow(term)
        if not term.isalpha():
            return self._root_of_compound(term, doc_freq) if "-" in term else term
        lemmas, known = self._words or self._load()
        if term in lemmas:
            return self._follow(term)
        if term in known or len(term) < SHORTEST_AFFIXED or not term.isascii():
            return term
        return self._root_by_rule(term, doc_freq)

    def roots(self, vocabulary: Mapping[str, int]) -> dict[str, str]:
        """The terms of ``vocabulary`` (term to document frequency) with a root not themselves.

        >>> Roots().roots({"diunggah": 40, "unggah": 9, "beras": 7})
        {'diunggah': 'unggah'}
        """

        def doc_freq(word: str) -> int:
            return vocabulary.get(word, 0)

        root = self.root
        return {term: found for term in vocabulary if (found := root(term, doc_freq)) != term}

    @property
    def listed(self) -> frozenset[str]:
        """The words that lists have, as members of a family or as roots."""
        lemmas, known = self._words or self._load()
        return known.union(lemmas, self._fixed)

    # -- one way after another ------------------------------------------------------

    def _root_by_rule(self, term: str, doc_freq: Callable[[str], int]) -> str:
        lemmas, known = self._words or self._load()
        fixed = self._fixed
        enough = 0.0
        for level in self._candidates(term):
            found = [stem for stem in level if stem in known or stem in lemmas or stem in fixed]
            if found:
                # "mengaku" may be of "aku" or of "kaku": the commoner word, more often.
                return self._follow(found[0] if len(found) == 1 else max(found, key=doc_freq))
            # A word of the corpus that no list has: "posting", "download". It must be
            # common beside the longer one, or "megawati" would be a kind of megawatt.
            for stem in level:
                if len(stem) >= SHORTEST_UNLISTED and (common := doc_freq(stem)) >= COMMON:
                    enough = enough or 0.2 * doc_freq(term)
                    if common >= enough:
                        return self.root(stem, doc_freq)
        return term

    def _root_of_compound(self, term: str, doc_freq: Callable[[str], int]) -> str:
        """``buku-bukunya`` is ``buku``, ``mem-phk`` is ``phk``; others are themselves."""
        parts = term.split("-")
        if not all(part.isalpha() for part in parts):
            return term
        if parts[-1] in _BOUND_SUFFIXES:
            parts.pop()
        if len(parts) > 1 and parts[0] in _BOUND_PREFIXES:
            del parts[0]
        first = self.root(parts[0], doc_freq)
        if all(part == parts[0] or self.root(part, doc_freq) == first for part in parts[1:]):
            return first
        if len(parts) == 2 and any(  # memanggil-manggil, kehati-hatian
            parts[1].endswith(echo) and parts[0].endswith(parts[1].removesuffix(echo))
            for echo in _ECHOES
        ):
            return first
        return term

    def _follow(self, word: str) -> str:
        """Where the lists lead from ``word``: "diketahui" to "ketahui", and on from there."""
        lemmas, _ = self._words or self._load()
        fixed = self._fixed
        for _ in range(4):  # a user's list may go in circles
            further = fixed[word] if word in fixed else lemmas.get(word, word)
            if further == word:
                break
            word = further
        return word

    def _load(self) -> tuple[Mapping[str, str], frozenset[str]]:
        lemmas = load_lemmas() if self._lemmas is None else self._lemmas
        self._words = lemmas, frozenset(lemmas.values())
        return self._words


@cache
def load_lemmas() -> Mapping[str, str]:
    """``simplemma``'s Indonesian list, lower case, names and hyphens left out.

    Kept once loaded: a process that commits often would read it at each commit.
    """
    dictionaries = _dictionaries()
    packed = getattr(dictionaries, "_read_decompressed", None)
    lemmas: dict[str, str] | None = unpack(packed("id")) if packed else None
    if lemmas is None:  # another version, which packs it in another way
        words = dictionaries.DefaultDictionaryFactory().get_dictionary("id")
        lemmas = {
            word: lemma
            for word, lemma in words.items()
            if word.isalpha() and word.islower() and lemma.isalpha() and lemma.islower()
        }
    return lemmas


def _dictionaries() -> Any:
    """``simplemma``'s reader of dictionaries, without the package around it: that compiles
    the rules of eighteen languages, 60 ms of each process that adds an article."""
    import sys
    from importlib import import_module
    from importlib.util import find_spec
    from types import ModuleType

    whole = "simplemma.strategies.dictionaries"
    spec = find_spec("simplemma")
    if whole not in sys.modules and spec and spec.submodule_search_locations:
        alone = ModuleType("_simplemma_dictionaries")
        alone.__path__ = [
            f"{folder}/strategies/dictionaries" for folder in spec.submodule_search_locations
        ]
        sys.modules[alone.__name__] = alone
        try:
            return import_module("_simplemma_dictionaries.dictionary_factory")
        except ImportError:  # a version whose dictionaries do not stand alone
            pass
    return import_module(whole + ".dictionary_factory")


def lemma_lines(lemmas: Mapping[str, str]) -> str:
    """A list of lemmas as text to keep: sorted lines of ``word lemma``."""
    return "".join(f"{word} {lemma}\n" for word, lemma in sorted(lemmas.items()))


def read_lemmas(lines: Iterable[str]) -> dict[str, str]:
    """The inverse of :func:`lemma_lines`.

    >>> read_lemmas(lemma_lines({"berita": "berita", "beritakan": "berita"}).splitlines())
    {'berita': 'berita', 'beritakan': 'berita'}
    """
    return dict(line.split() for line in lines)
