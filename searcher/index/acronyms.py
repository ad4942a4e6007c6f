"""Acronyms as the articles themselves explain them: "usaha mikro (UMKM)".

Schwartz and Hearst 2003, on the word numbers of a batch: only words that stand in
brackets and look like a short form are looked at, so mining costs next to nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

#: Letters only or with digits, two to ten, at least two capitals: (UMKM), (KPK), (Kemenkes).
_SHORT = re.compile(r"[(\[]([A-Z][A-Za-z]{0,8}[A-Z0-9]|[A-Z][a-z]{3,11})[)\]][.,;:]?$")
_EDGES = re.compile(r"^\W+|\W+$")
#: Words an expansion skips without a letter in the short form.
_SMALL = {"dan", "di", "ke", "yang", "untuk", "dengan", "atau", "the", "of", "and", "for"}


def mine(numbers: Any, doc_at: Any, raw: Sequence[str]) -> list[tuple[str, str, int]]:
    """(short, long, count) of the explained acronyms of a batch.

    ``numbers`` are raw word numbers of all documents, ``doc_at`` where each document
    starts, ``raw`` the words themselves. Long forms are in lower case.
    """
    import numpy as np

    shorts = {}
    for w, word in enumerate(raw):
        if word[:1] in "([":
            match = _SHORT.match(word)
            if match:
                shorts[w] = match[1]
    if not shorts:
        return []
    words = np.frombuffer(numbers, dtype=np.uint32)
    bounds = np.frombuffer(doc_at, dtype=np.uint64).astype(np.int64)
    places = np.flatnonzero(np.isin(words, np.fromiter(shorts, dtype=np.uint32)))
    starts = bounds[np.searchsorted(bounds, places, side="right") - 1]
    found: Counter[tuple[str, str]] = Counter()
    for place, start in zip(places.tolist(), starts.tolist(), strict=True):
        short = shorts[int(words[place])]
        before = [raw[w] for w in words[max(start, place - 2 * len(short) - 4) : place].tolist()]
        long = expansion(short, before)
        if long:
            found[short, long] += 1
    return [(short, long, count) for (short, long), count in found.items()]


def expansion(short: str, before: Sequence[str]) -> str | None:
    """The long form of ``short`` in the words before it, or None.

    An all-capital short form takes its letters from the beginnings of words, small words
    apart; one like Kemenkes takes beginnings of words, several letters at a time.

    >>> expansion("UMKM", "pelaku usaha mikro, kecil, dan menengah".split())
    'usaha mikro kecil dan menengah'
    >>> expansion("KPK", "kata juru bicara Komisi Pemberantasan Korupsi".split())
    'komisi pemberantasan korupsi'
    >>> expansion("Kemenkes", "menurut Kementerian Kesehatan".split())
    'kementerian kesehatan'
    >>> expansion("WIB", "pukul sepuluh".split()) is None
    True
    """
    words = [_EDGES.sub("", word).lower() for word in before]
    wanted = short.lower()
    for start in range(len(words) - 1, -1, -1):
        tail = words[start:]
        if len(tail) < 2 or not tail[0].startswith(wanted[0]):
            continue
        if tail[0] in _SMALL or wanted in tail or not _spells(wanted, tail, short.isupper()):
            continue
        return " ".join(word for word in tail if word)
    return None


def _spells(letters: str, words: Sequence[str], initials: bool) -> bool:
    """Whether beginnings of the words, in order and every content word used, spell the letters."""
    most = 1 if initials else 6
    seen: set[tuple[int, int]] = set()
    stack = [(0, 0)]
    while stack:
        at, word = stack.pop()
        if (at, word) in seen:
            continue
        seen.add((at, word))
        if word == len(words):
            if at == len(letters):
                return True
            continue
        if word and (words[word] in _SMALL or not words[word]):
            stack.append((at, word + 1))
        stack.extend(
            (at + n, word + 1)
            for n in range(1, min(most, len(letters) - at) + 1)
            if words[word].startswith(letters[at : at + n])
        )
    return False
