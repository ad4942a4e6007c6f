"""Acronyms as the articles themselves explain them: "usaha mikro (UMKM)", "UMKM (usaha …)".

Mining looks only at words beside a bracket, so that it costs next to nothing. Whether the
words beside it are the long form is decided by letters alone (after Schwartz and Hearst
2003): first letters for UMKM, and for Indonesian's many clipped words (Bawaslu, Kemenhub,
karhutla) pieces of words, taken from their beginnings or at an inner syllable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from searcher.kernels.acronyms import LONGEST, Speller

#: A short form: two to fourteen letters, with digits as in P2MI; a plain lower-case word
#: (karhutla) has at least four.
_SHORT = re.compile(
    rb"(?=[A-Za-z0-9]{2,14}\b)(?:[A-Z][A-Za-z]*[A-Z0-9][A-Za-z0-9]*|[A-Z][a-z]{2,}|[a-z]{4,})"
)
_BRACKETED = re.compile(rb"[(\[](%b)[)\]][.,;:?!]*" % _SHORT.pattern)
_REPEATED = re.compile(rb"([A-Za-z])([2-4])")
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
#: Bytes of signs, which are no part of a word at its edges.
_SIGNS = bytes(c for c in range(128) if not (chr(c).isalnum() or c == ord("_")))
_NO_CAPITALS = bytes(c for c in range(256) if not 0x41 <= c <= 0x5A)
#: Words behind a bracket that are looked at, beside two for every letter.
_MORE_WORDS = 4

#: A word as the kernel reads it: see ``kernels.acronyms.Speller``.
Piece = tuple[bytes, bytes, bytes, int, tuple[bytes, ...]]
_END, _CUT, _NO_LETTER, _OPTIONAL, _CAPITALS, _HYPHEN, _LAST, _NO_FIRST = (1 << n for n in range(8))

Explained = tuple[str, str, int]


class Miner:
    """Mines batch after batch of one vocabulary, each long form once.

    ``word`` tells a raw word by its number.

    >>> words = b"dari usaha mikro kecil (UMK) di Bali".split()
    >>> miner = Miner(words.__getitem__)
    >>> miner.meet([words.index(b"(UMK)")])
    >>> from array import array
    >>> miner.mine(array("I", range(7)), array("Q", [0, 7]))
    [('UMK', 'usaha mikro kecil', 1)]
    """

    def __init__(self, word: Callable[[int], bytes]) -> None:
        self._word = word
        # Of "(UMKM),": its short form as the kernel has it.
        self._forms: dict[int, tuple[bytes, bytes, bool, bool]] = {}
        self._kinds = bytearray()  # of each raw word: 1, such a one, 2, "(usaha", 0, another
        self._speller = Speller()
        self._bares: dict[int, str] = {}  # of each word that was spelt with, in lower case
        # What words, as numbers, and a short form behind them explain.
        self._spelt: dict[bytes, tuple[str, str]] = {}

    def meet(self, bracketed: Iterable[int]) -> None:
        """Take in new raw words that begin with a bracket."""
        for w in bracketed:
            word = self._word(w)
            match = _BRACKETED.fullmatch(word)
            if match:
                self._forms[w] = _form(match[1])
            elif not word[1:].decode()[:1].isalpha():
                continue
            self._kinds += bytes(max(0, w + 1 - len(self._kinds)))
            self._kinds[w] = 1 if match else 2

    def mine(self, numbers: Any, doc_at: Any) -> list[Explained]:
        """(short, long, articles that explain it so) of the acronyms of a batch.

        ``numbers`` are raw word numbers of all documents, ``doc_at`` where each document
        starts. Long forms are in lower case.
        """
        found: dict[tuple[str, str], int] = {}
        told: dict[tuple[str, str], int] = {}  # the last document that did
        if not self._kinds:
            return []
        for doc, place, n in self._speller.mine(
            numbers, doc_at, self._kinds, self._forms, self._piece
        ):
            if n:
                key = numbers[place - n : place + 1].tobytes()
                pair = self._spelt.get(key)
                if pair is None:
                    bares = [self._bares[w] for w in numbers[place - n : place]]
                    short = self._forms[numbers[place]][0].decode()
                    pair = self._spelt[key] = short, _joined(bares)
            else:
                raw = self._word(numbers[place - 1])
                if not (raw[-1:].isupper() and _SHORT.fullmatch(raw)):
                    continue
                short = raw.decode()
                end = min(doc_at[doc + 1], place + 2 * len(short) + _MORE_WORDS)
                after = [self._word(w).decode() for w in numbers[place:end]]
                pair = short, explanation(short, after) or ""
            if pair[1] and told.get(pair) != doc:
                told[pair] = doc
                found[pair] = found.get(pair, 0) + 1
        return [(short, long, count) for (short, long), count in sorted(found.items())]

    def _piece(self, w: int) -> Piece:
        """What the kernel must know of a raw word."""
        word = self._word(w)
        piece = _plain_piece(word) or _piece(word.decode())
        self._bares[w] = piece[0].decode().lower()
        return piece


def _form(short: bytes) -> tuple[bytes, bytes, bool, bool]:
    letters, syllables = _letters(short)
    return short, letters, syllables, short.isupper()


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


#: What flags and letters those words give that have any of their own.
_OWN = {word.encode(): _piece_of(word, word, 0)[3:] for word in {*_SKIPPED, *_CLIPPED, *_TRAILING}}


def _plain_piece(word: bytes) -> Piece | None:
    """The same as :func:`_piece` of ASCII letters between ASCII signs; None of other words."""
    bare = word.strip(_SIGNS)
    if not bare.isalpha():
        return None
    lower = bare.lower()
    flags, others = _OWN.get(lower, (0, ()))
    if bare.isupper():
        flags |= _CAPITALS
    if chr(word[-1]) in _ENDS:
        flags |= _END
    if len(bare) < len(word) - 2:
        flags |= _CUT
    return bare, lower[:LONGEST], lower, flags, others


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
    n = Speller().expansion(_form(short.encode()), list(map(_piece, before)))
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
    return bool(Speller().spells(_form(short.encode()), pieces, skips, inner))


def _letters(short: bytes) -> tuple[bytes, bool]:
    """The letters to be spelt, and whether words may give several, as they do to Kemenkes.

    >>> _letters(b"P2MI"), _letters(b"SDGs"), _letters(b"Kemenkes")
    ((b'ppmi', False), (b'sdg', False), (b'kemenkes', True))
    """
    spelt = short
    if not short.isalpha():
        spelt = _REPEATED.sub(lambda match: match[1] * int(match[2]), short)
    capitals = len(short.translate(None, _NO_CAPITALS))
    if capitals > 2:
        spelt = spelt.removesuffix(b"s")
    return spelt.lower(), capitals < 2
