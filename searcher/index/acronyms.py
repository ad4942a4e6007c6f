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

from searcher.kernels.acronyms import LONGEST, Speller

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
#: Words behind a bracket that are looked at, beside two for every letter.
_MORE_WORDS = 4

#: A word as the kernel reads it: see ``kernels.acronyms.Speller``.
Piece = tuple[bytes, bytes, bytes, int, tuple[bytes, ...]]
_END, _CUT, _NO_LETTER, _OPTIONAL, _CAPITALS, _HYPHEN, _LAST, _NO_FIRST = (1 << n for n in range(8))

Explained = tuple[str, str, int]


class Miner:
    """Mines batch after batch of one vocabulary, each long form once.

    ``word`` tells a raw word by its number.

    >>> words = "dari usaha mikro kecil (UMK) di Bali".split()
    >>> miner = Miner(words.__getitem__)
    >>> miner.meet([words.index("(UMK)")])
    >>> from array import array
    >>> miner.mine(array("I", range(7)), array("Q", [0, 7]))
    [('UMK', 'usaha mikro kecil', 1)]
    """

    def __init__(self, word: Callable[[int], str]) -> None:
        self._word = word
        self._closed: dict[int, str] = {}  # "(UMKM),": its short form
        self._forms: dict[int, tuple[bytes, bytes, bool, bool]] = {}  # and as the kernel has it
        self._kinds = bytearray()  # of each raw word: 1, such a one, 2, "(usaha", 0, another
        self._speller = Speller()
        # Words that were found to spell a short form, as numbers.
        self._spelt: dict[tuple[int, bytes], str] = {}

    def meet(self, bracketed: Iterable[int]) -> None:
        """Take in new raw words that begin with a bracket."""
        for w in bracketed:
            word = self._word(w)
            match = _BRACKETED.fullmatch(word)
            if match:
                if not _SHORT.fullmatch(match[1]):
                    continue
                self._closed[w] = match[1]
                self._forms[w] = _form(match[1])
            elif not word[1:2].isalpha():
                continue
            self._kinds += bytes(max(0, w + 1 - len(self._kinds)))
            self._kinds[w] = 1 if match else 2

    def mine(self, numbers: Any, doc_at: Any) -> list[Explained]:
        """(short, long, articles that explain it so) of the acronyms of a batch.

        ``numbers`` are raw word numbers of all documents, ``doc_at`` where each document
        starts. Long forms are in lower case.
        """
        word = self._word
        told: set[tuple[int, str, str]] = set()
        if not self._kinds:
            return []
        for doc, place, n in self._speller.mine(
            numbers, doc_at, self._kinds, self._forms, lambda w: _piece(word(w))
        ):
            if n:
                w = numbers[place]
                short = self._closed[w]
                key = w, numbers[place - n : place].tobytes()
                long = self._spelt.get(key)
                if long is None:
                    bares = [_bare(word(each)) for each in numbers[place - n : place]]
                    long = self._spelt[key] = _joined(bares)
            else:
                short = word(numbers[place - 1])
                if not (short[-1].isupper() and _SHORT.fullmatch(short)):
                    continue
                end = min(doc_at[doc + 1], place + 2 * len(short) + _MORE_WORDS)
                long = explanation(short, list(map(word, numbers[place:end])))
            if long:
                told.add((doc, short, long))
        found = Counter((short, long) for _, short, long in told)
        return [(short, long, count) for (short, long), count in sorted(found.items())]


@lru_cache(4096)
def _form(short: str) -> tuple[bytes, bytes, bool, bool]:
    letters, syllables = _letters(short)
    return short.encode(), letters.encode(), syllables, short.isupper()


def _bare(word: str) -> str:
    """A raw word without signs; of words glued together, the last."""
    return word if word.isalpha() else _INNER_END.split(_EDGES.sub("", word))[-1]


def _piece(word: str) -> Piece:
    """What the kernel must know of a raw word."""
    bare = _bare(word)
    outer = bare if len(bare) == len(word) else _EDGES.sub("", word)
    return _piece_of(
        bare,
        outer.lower(),
        _END * (word[-1:] in _ENDS) + _CUT * (len(bare) < len(word) - 2),
    )


def _piece_of(bare: str, outer: str, flags: int) -> Piece:
    lower = bare.lower()
    others: tuple[str, ...] = ()
    if bare.isupper():
        flags += _CAPITALS
    if lower in _SMALL:
        flags += _NO_LETTER
    if lower in _SKIPPED:
        flags += _OPTIONAL
    if lower in _CLIPPED:
        others = _CLIPPED[lower]
    if "-" in lower:
        flags += _HYPHEN
        others += ("".join(half[:1] for half in lower.split("-")),)
    if "-" in outer or outer in _CLIPPED or outer in _TRAILING:
        flags += _LAST
    if lower[:1] != bare[:1].lower():  # a letter that is two in lower case
        flags += _NO_FIRST
    encoded = lower.encode("utf-8", "replace")
    return (
        encoded if lower is bare else bare.encode("utf-8", "replace"),
        encoded[:LONGEST],
        encoded if outer is lower else outer.encode("utf-8", "replace"),
        flags,
        tuple([other.encode("utf-8", "replace") for other in others]),
    )


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
    n = Speller().expansion(_form(short), list(map(_piece, before)))
    return _joined(list(map(_bare, before[len(before) - n :]))) if n else None


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
    pieces = [_piece_of(word, word.lower(), 0) for word in words]
    return bool(Speller().spells(_form(short), pieces, skips, inner))


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
