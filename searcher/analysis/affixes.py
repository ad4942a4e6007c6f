"""Indonesian affixes taken off one at a time, the sounds they swallowed put back.

Knows the shapes, not the words: which of the candidates is a word is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_PARTICLES = ("lah", "kah", "pun", "tah")
_POSSESSIVES = ("nya", "ku", "mu")
_DERIVATIONS = ("kan", "an", "i")
#: No Indonesian root is shorter, once what sounds like an affix is gone.
SHORTEST = 3
#: ``mempertanggungjawabkannyalah`` has five; beyond that the word is not Indonesian.
MOST_STEPS = 5

_VOWELS = frozenset("aiueo")
_could_be_affixed = re.compile(
    r"(?:di|ke|se|be|te|pe|me|mem)\w{3}|\w{3,}(?:lah|kah|pun|tah|nya|ku|mu|an|i)$"
).match


class _State(NamedTuple):
    """What is left of a word, and which affixes may still come off.

    ``suffixes`` counts the layers already passed (particle, possessive, derivation);
    ``prefixes`` holds the prefixes taken, outermost first.
    """

    stem: str
    suffixes: int
    prefixes: tuple[str, ...]


def candidates(word: str) -> Iterator[list[str]]:
    """What may remain of ``word`` after 1, 2, ... affixes, as one list for each number.

    Within a list, the likelier reading comes first: suffixes before prefixes, and the
    longer of two that fit.

    >>> [level[:3] for level in candidates("dikurangi")][:2]
    [['dikurang', 'kurangi'], ['kurang']]
    >>> "pukul" in next(candidates("memukul")), list(candidates("kota"))
    (True, [])
    """
    if not _could_be_affixed(word):
        return
    level = [_State(word, 0, ())]
    seen = {word}
    for _ in range(MOST_STEPS):
        following: list[_State] = []
        for state in level:
            for step in (*_without_suffix(state), *_without_prefix(state)):
                if step.stem not in seen:
                    seen.add(step.stem)
                    following.append(step)
        yield [state.stem for state in following]
        if not following:
            return
        level = following


def _without_suffix(state: _State) -> Iterator[_State]:
    stem = state.stem
    room = len(stem) - SHORTEST
    for layer, suffixes in enumerate((_PARTICLES, _POSSESSIVES, _DERIVATIONS), 1):
        if state.suffixes >= layer:
            continue
        for suffix in suffixes:
            if stem.endswith(suffix) and len(suffix) <= room:
                yield _State(stem[: -len(suffix)], layer, state.prefixes)


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


def _without_prefix(state: _State) -> Iterator[_State]:
    word = state.stem
    if len(word) < SHORTEST + 2 or len(state.prefixes) > 2:
        return
    allowed = _INNER[state.prefixes[-1] if state.prefixes else ""]
    head = word[:2]
    for prefix in allowed:
        if not prefix.startswith(head):
            continue
        for stem in _stems(prefix, word):
            if len(stem) >= SHORTEST:
                yield _State(stem, state.suffixes, (*state.prefixes, prefix))


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
