"""Acronyms as the articles themselves explain them: "usaha mikro (UMKM)", "UMKM (usaha …)".

Mining looks only at words beside a bracket, so that it costs next to nothing. Whether the
words beside it are the long form is decided by letters alone (after Schwartz and Hearst
2003): first letters for UMKM, and for Indonesian's many clipped words (Bawaslu, Kemenhub,
karhutla) pieces of words, taken from their beginnings or at an inner syllable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

#: A short form: two to fourteen letters, with digits as in P2MI; a plain lower-case word
#: (karhutla) has at least four.
_SHORT = re.compile(r"(?=.{2,14}$)(?:[A-Z][A-Za-z]*[A-Z0-9][A-Za-z0-9]*|[A-Z][a-z]{2,}|[a-z]{4,})")
_BRACKETED = re.compile(r"[(\[]([A-Za-z0-9]+)[)\]][.,;:?!]*")
_EDGES = re.compile(r"^\W+|\W+$")
_ENDS = frozenset(".?!;:)]")
#: Where two words are glued together; what comes before belongs to something else.
_INNER_END = re.compile(r"[./)(,:;]")
#: Words of a long form that need no letter in the short one.
_SMALL = frozenset((
    "dan", "di", "ke", "yang", "untuk", "dengan", "atau", "pada", "bagi",
    "the", "of", "and", "for", "tbk", "persero",
))  # fmt: skip
_SKIPPED = _SMALL | {"on", "in"}
#: What a long form does not end with.
_TRAILING = frozenset(("tbk", "persero", ""))
#: Pieces that acronyms take of words in which they do not stand as written (kePALA: ka).
_CLIPPED = {
    "kepala": ("ka",), "negeri": ("gri",), "sekretaris": ("ses",), "kreatif": ("kraf",),
    "pemilihan": ("pil",), "penghasilan": ("ph",), "online": ("ol",), "pejabat": ("pj",),
    "olahraga": ("or", "ora"), "pengibar": ("kib",), "pengawas": ("was",),
}  # fmt: skip
_VOWELS = frozenset("aeiou")
#: Words before a bracket that are looked at, beside two for every letter.
_MORE_WORDS = 4

Explained = tuple[str, str, int]


class Miner:
    """Mines batch after batch of one vocabulary, each word and each long form once.

    ``word`` tells a raw word by its number.

    >>> words = "dari usaha mikro kecil (UMK) di Bali".split()
    >>> miner = Miner(words.__getitem__)
    >>> miner.meet([words.index("(UMK)")])
    >>> from array import array
    >>> miner.mine(array("I", range(7)), array("Q", [0, 7]))
    [('UMK', 'usaha mikro kecil', 1)]
    """

    def __init__(self, word: Callable[[int], str]) -> None:
        self._word = lru_cache(1 << 16)(word)
        self._closed: dict[int, str] = {}  # "(UMKM),": its short form
        self._opened: list[int] = []  # "(usaha"
        # Words that were found to spell a short form, as numbers, and how many they are.
        self._spelt: dict[int, dict[bytes, str]] = {}
        self._sizes: dict[int, list[int]] = {}

    def meet(self, bracketed: Iterable[int]) -> None:
        """Take in new raw words that begin with a bracket."""
        for w in bracketed:
            word = self._word(w)
            match = _BRACKETED.fullmatch(word)
            if match:
                if _SHORT.fullmatch(match[1]):
                    self._closed[w] = match[1]
            elif word[1:2].isalpha():
                self._opened.append(w)

    def mine(self, numbers: Any, doc_at: Any) -> list[Explained]:
        """(short, long, articles that explain it so) of the acronyms of a batch.

        ``numbers`` are raw word numbers of all documents, ``doc_at`` where each document
        starts. Long forms are in lower case.
        """
        import numpy as np

        words = np.frombuffer(numbers, dtype=np.uint32)
        if not len(words) or not (self._closed or self._opened):
            return []
        highest = max((*self._closed, *self._opened[-1:]))
        kind = np.zeros(max(int(words.max()), highest) + 1, dtype=bool)
        kind[list(self._closed)] = True
        kind[self._opened] = True
        places = np.flatnonzero(kind[words[1:]]) + 1
        bounds = np.frombuffer(doc_at, dtype=np.uint64).astype(np.int64)
        docs = np.searchsorted(bounds, places, side="right") - 1
        told: set[tuple[int, str, str]] = set()
        for place, w, doc, first, end in zip(
            places.tolist(), words[places].tolist(), docs.tolist(), bounds[docs].tolist(),
            bounds[docs + 1].tolist(),
            strict=True,
        ):  # fmt: skip
            short = self._closed.get(w)
            if short is not None:
                long = self._before(words, first, place, w, short)
            else:
                short = self._word(int(words[place - 1]))
                long = None
                if place > first and short[-1].isupper() and _SHORT.fullmatch(short):
                    end = min(end, place + 2 * len(short) + _MORE_WORDS)
                    long = explanation(short, list(map(self._word, words[place:end].tolist())))
            if long:
                told.add((doc, short, long))
        found = Counter((short, long) for _, short, long in told)
        return [(short, long, count) for (short, long), count in sorted(found.items())]

    def _before(self, words: Any, first: int, place: int, w: int, short: str) -> str | None:
        """The long form before ``place`` in a document that starts at ``first``."""
        for n in self._sizes.get(w, ()):
            if n <= place - first:
                long = self._spelt[w].get(words[place - n : place].tobytes())
                if long:
                    return long
        # The last word may go unspelt in a clipped one (Kemlu: luar negeri).
        if not _may_end(short, self._word(int(words[place - 1]))) and (
            short.isupper() or not _may_end(short, self._word(int(words[max(place - 2, 0)])))
        ):
            return None
        start = max(first, place - 2 * len(short) - _MORE_WORDS)
        long, n = _expanded(short, list(map(self._word, words[start:place].tolist())))
        if long and n:
            self._spelt.setdefault(w, {})[words[place - n : place].tobytes()] = long
            sizes = self._sizes.setdefault(w, [])
            if n not in sizes:
                sizes.append(n)
                sizes.sort()
        return long


def explanation(short: str, after: Sequence[str]) -> str | None:
    """The long form of ``short`` when the words after it are that, all in brackets.

    >>> explanation("UMKM", "(usaha mikro, kecil, dan menengah), katanya.".split())
    'usaha mikro kecil dan menengah'
    >>> explanation("KPU", "(sejak awal) melarang".split()) is None
    True
    """
    for n, word in enumerate(after, 1):
        # Where the bracket closes.
        if ")" in word or "]" in word:
            inside = [*after[: n - 1], re.split(r"[)\]]", word)[0]]
            words = [_EDGES.sub("", part) for part in inside]
            return _joined(words) if len(words) > 1 and spells(short, words) else None
    return None


def expansion(short: str, before: Sequence[str]) -> str | None:
    """The long form of ``short`` in the words before it, or None.

    The fewest words that spell it; one word more may go unspelt where nothing else fits.

    >>> expansion("UMKM", "pelaku usaha mikro, kecil, dan menengah".split())
    'usaha mikro kecil dan menengah'
    >>> expansion("KPK", "kata juru bicara Komisi Pemberantasan Korupsi".split())
    'komisi pemberantasan korupsi'
    >>> expansion("Kemenhub", "menurut Kementerian Perhubungan".split())
    'kementerian perhubungan'
    >>> expansion("SPBU", "di stasiun pengisian bahan bakar umum".split())
    'stasiun pengisian bahan bakar umum'
    >>> expansion("BP2MI", "Badan Pelindungan Pekerja Migran Indonesia".split())
    'badan pelindungan pekerja migran indonesia'
    >>> expansion("WIB", "pukul sepuluh".split()) is None
    True
    """
    return _expanded(short, before)[0]


def _expanded(short: str, before: Sequence[str]) -> tuple[str | None, int]:
    """:func:`expansion`, and how many words alone decided it: 0 if it took all of them."""
    letters, syllables = _letters(short)
    words: list[str] = []
    begins: list[int] = []  # counted from the end
    for word in reversed(before):
        # No long form goes on over a bracket or the end of a sentence.
        if words and word[-1] in _ENDS:
            break
        bare = word if word.isalpha() else _INNER_END.split(_EDGES.sub("", word))[-1]
        words.insert(0, bare)
        if bare[:1].lower() == letters[0] and len(words) > 1 and bare.lower() not in _SMALL:
            if spells(short, words):
                return _joined(words), len(words)
            begins.append(len(words))
        if len(bare) < len(word) - 2:
            break
    for n in begins:
        if spells(short, words[-n:], 1):
            return _joined(words[-n:]), 0
    if syllables and len(letters) > 4:
        for n in range(2, len(words) + 1):
            if letters[:3] in words[-n].lower()[1:] and spells(short, words[-n:], 1, inner=True):
                return _joined(words[-n:]), 0
    return None, 0


def _may_end(short: str, word: str) -> bool:
    """Whether a word may give the last letters of a short form: a quick no for most."""
    word = (word if word.isalpha() else _EDGES.sub("", word)).lower()
    letters, _ = _letters(short)
    return (
        word[:1] == letters[-1]
        or letters[-2:] in word
        or word in _CLIPPED
        or "-" in word
        or word in _TRAILING
    )


def _joined(words: Sequence[str]) -> str:
    end = len(words)
    while words[end - 1].lower() in _TRAILING:
        end -= 1
    return " ".join(word for word in words[:end] if word).lower()


def spells(short: str, words: Sequence[str], skips: int = 0, *, inner: bool = False) -> bool:
    """Whether the words, every one that matters used in order, spell the short form.

    ``skips`` words may go unspelt in the long form, not the first. With ``inner`` the first
    word too may give a piece from its middle (Polri: kePOLisian).

    >>> spells("Bawaslu", ["Badan", "Pengawas", "Pemilu"])
    True
    >>> spells("PDIP", ["PDI", "Perjuangan"])
    True
    """
    letters, syllables = _letters(short)
    if len(words) > len(letters) + 4 or short in words:
        return False
    words = tuple(words)
    lower = tuple([word.lower() for word in words])
    heads = [word[:1] for word in lower if word not in _SMALL]
    if not syllables and "".join(heads) == letters:
        return True
    content = len(heads) + sum("-" in word for word in lower)
    if content < 2:
        return False
    if content < (3 if syllables else 5):
        skips = 0
    if syllables:
        return _spelt(letters, words, lower, False, skips, inner)
    if _spelt(letters, words, lower, True, skips, inner):
        return True
    # Capitals may also be a clipped word written large (SATGAS, JISDOR).
    return (
        len(letters) > 4
        and not skips
        and not _VOWELS.isdisjoint(letters)
        and _spelt(letters, words, lower, False, 0, False)
    )


@lru_cache(4096)
def _letters(short: str) -> tuple[str, bool]:
    """The letters to be spelt, and whether words may give several, as they do to Kemenkes.

    >>> _letters("P2MI"), _letters("SDGs"), _letters("Kemenkes")
    (('ppmi', False), ('sdg', False), ('kemenkes', True))
    """
    spelt = re.sub(r"([A-Za-z])([2-4])", lambda match: match[1] * int(match[2]), short)
    capitals = sum(map(str.isupper, short))
    if capitals > 2:
        spelt = spelt.removesuffix("s")
    return spelt.lower(), capitals < 2


@lru_cache(1 << 14)
def _spelt(
    letters: str,
    words: tuple[str, ...],
    lower: tuple[str, ...],
    initials: bool,
    skips: int,
    inner: bool,
) -> bool:
    seen: set[tuple[int, int, int]] = set()
    stack = [(0, 0, skips)]
    while stack:
        state = stack.pop()
        if state in seen:
            continue
        seen.add(state)
        at, number, left = state
        if number == len(words):
            if at == len(letters):
                return True
            continue
        word = lower[number]
        if number and (word in _SKIPPED or not word):
            stack.append((at, number + 1, left))
        elif number and left and (not initials or number < len(words) - 1):
            stack.append((at, number + 1, left - 1))
        rest = letters[at:]
        if not rest or not word:
            continue
        taken = list(_pieces(rest, word, initials, words[number].isupper()))
        if not initials and (number or inner):
            taken += _inner_pieces(rest, word, 2 if number else 3)
        stack += [(at + n, number + 1, left) for n in taken]
    return False


def _pieces(rest: str, word: str, initials: bool, capitals: bool) -> Iterable[int]:
    """How many of the letters ``rest`` the word may give from its beginning."""
    if rest[0] == word[0]:
        if initials:
            yield 1
            if capitals and len(word) > 1 and rest.startswith(word):
                yield len(word)
        else:
            n = 1
            yield n
            while n < len(rest) and n < len(word) and rest[n] == word[n]:
                n += 1
                yield n
    for clipped in _CLIPPED.get(word, ()):
        if rest.startswith(clipped):
            yield len(clipped)
    if "-" in word:
        starts = "".join(half[:1] for half in word.split("-"))
        if rest.startswith(starts):
            yield len(starts)


def _inner_pieces(rest: str, word: str, least: int) -> Iterable[int]:
    """How many letters the word may give at a syllable inside it, at least ``least``."""
    for n in range(least, len(rest) + 1):
        at = word.find(rest[:n], 1)
        if at < 0:
            return
        while at >= 0:
            if word[at] not in _VOWELS:
                yield n
                break
            at = word.find(rest[:n], at + 1)
