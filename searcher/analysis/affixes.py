"""Indonesian affixes taken off one at a time, the sounds they swallowed put back.

Knows the shapes, not the words: which of the candidates is a word is for the caller.
``kernels.affixes`` takes them off whole vocabularies, by the tables that stand here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

_PARTICLES = ("lah", "kah", "pun", "tah")
_POSSESSIVES = ("nya", "ku", "mu")
_DERIVATIONS = ("kan", "an", "i")
#: No Indonesian root is shorter, once what sounds like an affix is gone.
SHORTEST = 3
#: ``mempertanggungjawabkannyalah`` has five; beyond that the word is not Indonesian.
MOST_STEPS = 5
MOST_PREFIXES = 3

_VOWELS = frozenset("aiueo")


def candidates(word: str) -> Iterator[list[str]]:
    """What may remain of ``word`` after 1, 2, ... affixes, as one list for each number.

    Within a list, the likelier reading comes first: suffixes before prefixes, and the
    longer of two that fit.

    >>> [level[:3] for level in candidates("dikurangi")][:2]
    [['dikurang', 'kurangi'], ['kurang']]
    >>> "pukul" in next(candidates("memukul")), list(candidates("kota"))
    (True, [])
    """
    if word[:2] not in HEADS and not word.endswith(_ENDINGS):
        return
    # What is left of the word, and which affixes may still come off: the stem; how many
    # layers of suffixes are passed (particle, possessive, derivation); the prefixes taken,
    # outermost first.
    level: list[tuple[str, int, tuple[str, ...]]] = [(word, 0, ())]
    seen = {word}
    for _ in range(MOST_STEPS):
        following = []
        for stem, passed, prefixes in level:
            room = len(stem) - SHORTEST
            for layer, suffix in SUFFIXES.get(stem[-1], ()):
                if layer > passed and len(suffix) <= room and stem.endswith(suffix):
                    less = stem[: -len(suffix)]
                    if less not in seen:
                        seen.add(less)
                        following.append((less, layer, prefixes))
            if room < 2 or stem[:2] not in HEADS or len(prefixes) == MOST_PREFIXES:
                continue
            for inner, put, cut in openings(prefixes[-1] if prefixes else "", stem[:HEAD]):
                less = put + stem[cut:]
                if len(less) >= SHORTEST and less not in seen:
                    seen.add(less)
                    following.append((less, passed, (*prefixes, inner)))
        if not following:
            return
        yield [state[0] for state in following]
        level = following


#: Suffixes with their layers, by their last letter.
SUFFIXES: dict[str, list[tuple[int, str]]] = {}
for _layer, _suffixes in enumerate((_PARTICLES, _POSSESSIVES, _DERIVATIONS), 1):
    for _suffix in _suffixes:
        SUFFIXES.setdefault(_suffix[-1], []).append((_layer, _suffix))
_ENDINGS = (*_PARTICLES, *_POSSESSIVES, *_DERIVATIONS)


#: So many letters of a word decide what its prefix may be, and what it does to the rest.
HEAD = 5


@lru_cache(1 << 14)
def openings(outer: str, head: str) -> list[tuple[str, str, int]]:
    """(prefix, what it swallowed, letters to cut) of words that begin with ``head``.

    ``outer`` is the prefix that stands before them, "" if none does.

    >>> openings("", "menul")
    [('me', 't', 3), ('me', '', 2)]
    """
    rest = "-" * HEAD  # so long that no stem is too short, and no letter
    found = []
    for prefix in _BY_HEAD.get((outer, head[:2]), ()):
        for stem in _stems(prefix, head + rest):
            put = "" if (head + rest).endswith(stem) else stem[0]
            found.append((prefix, put, len(head + rest) - len(stem) + len(put)))
    return found


# Which prefix may stand inside which: "diperjual" yes, "berdi..." no.
_INNER = {
    "": ("me", "pe", "di", "ke", "se", "ber", "ter", "per"),
    "me": ("per", "ber", "ter", "ke", "se", "pe"),
    "pe": ("per", "ber", "ter", "se", "ke"),
    "di": ("per", "ber", "ter", "ke", "se", "pe"),
    "ke": ("ber", "ter", "se", "pe", "per"),
    "se": ("per", "pe", "ke", "ber", "ter"),
    "ber": ("ke", "pe", "per", "se", "ter"),
    "ter": ("per", "pe", "ke", "se", "ber"),
    "per": ("ber", "ter", "se", "ke"),
}


#: The same by the prefix outside and the first two letters of the word.
_BY_HEAD = {
    (outer, head): [prefix for prefix in inner if prefix.startswith(head)]
    for outer, inner in _INNER.items()
    for head in {prefix[:2] for prefix in inner}
}
HEADS = frozenset(head for _, head in _BY_HEAD)


def _stems(prefix: str, word: str) -> Iterator[str]:
    """What ``word`` may be without ``prefix``, given how the prefix changes sounds.

    >>> list(_stems("me", "menulis")), list(_stems("pe", "penyedia"))
    (['tulis', 'nulis'], ['sedia', 'nyedia'])
    >>> list(_stems("me", "mengecat")), list(_stems("ber", "bekerja"))
    (['kecat', 'ecat', 'cat', 'ngecat'], ['kerja'])
    """
    if prefix in ("me", "pe"):
        yield from _nasal(word)
    elif prefix in ("ber", "ter", "per"):
        if word.startswith(prefix):
            yield word[3:]
            if word[3] in _VOWELS:  # ber-encana is be-rencana
                yield word[2:]
        elif word[2] == "l" and word[3:5] == "aj":  # belajar, pelajar
            yield word[3:]
        elif "er" in word[3:5]:  # be-kerja, te-percik: the r is lost before another
            yield word[2:]
    elif word.startswith(prefix):
        yield word[2:]


def _nasal(word: str) -> Iterator[str]:
    rest = word[2:]  # behind me or pe
    first, second = rest[0], rest[1]
    if first == "m":
        if second in _VOWELS:
            yield "p" + rest[1:]
            yield rest
        else:  # mem-beli, and mem-protes, mem-posting, where the p stays
            yield rest[1:]
    elif rest.startswith("ng"):
        stem = rest[2:]
        if stem[:1] in _VOWELS:
            yield "k" + stem
        yield stem
        if stem.startswith("e") and len(stem) > 3:  # menge-cat, penge-bom-an
            yield stem[1:]
        yield rest
    elif rest.startswith("ny"):
        yield "s" + rest[2:]
        yield rest
    elif first == "n":
        if second in _VOWELS:
            yield "t" + rest[1:]
            yield rest
        else:
            yield rest[1:]
    else:
        yield rest
