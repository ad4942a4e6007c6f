"""Words that lost the space between them, found by what the corpus knows.

"Trumpmengatakan" is rare; "trump" and "mengatakan" are not. Scraped articles hold
thousands of such words, and repairing them is worth more on them than any stemmer. Works
on counts of terms; what the case of letters shows ("SerikatDonald") is the tokenizer's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from searcher.analysis.roots import Roots

#: Only words up to this often are suspected, and only from this many letters.
RARE, LONG = 20, 9
#: Each part has this many letters, and occurs this often (in small corpora: this often) ...
PART_LENGTH, FREQUENT, FREQUENT_IN_SMALL = 4, 60, 6
SMALL_CORPUS = 3_000_000
#: ... and so many times as often as the word.
TIMES_THE_WORD = 50


def frequent(corpus_words: int) -> int:
    """How often each part must occur, at least."""
    return FREQUENT_IN_SMALL if corpus_words < SMALL_CORPUS else FREQUENT


@cache
def _shipped_roots() -> Roots:
    """By the shipped lists alone: what words an index holds does not change with a user's
    roots. Needed for few words, and not at all by most small commits."""
    return Roots()


def split(
    word: str,
    count: Callable[[str], int],
    corpus_words: int,
    roots: Roots | None = None,
) -> tuple[str, str] | None:
    """The two words that ``word`` should have been, or None.

    ``count`` tells how often a term occurs in a corpus of ``corpus_words`` words. A word
    with a root of its own is let be: *keikutsertaan* is no accident.

    >>> counts = {"trumpmengatakan": 1, "trump": 900, "mengatakan": 9000}
    >>> split("trumpmengatakan", lambda word: counts.get(word, 0), 10_000_000)
    ('trump', 'mengatakan')
    """
    own = count(word)
    if len(word) < LONG or own > RARE or not word.isalpha():
        return None
    best, where = max(frequent(corpus_words), TIMES_THE_WORD * own) - 1, 0
    for cut in range(PART_LENGTH, len(word) - PART_LENGTH + 1):
        left = count(word[:cut])
        if left > best:
            rarer = min(left, count(word[cut:]))
            if rarer > best:
                best, where = rarer, cut
    if not where or (roots or _shipped_roots()).root(word, count) != word:
        return None
    return word[:where], word[where:]


def repairs(
    suspects: Iterable[str],
    count: Callable[[str], int],
    corpus_words: int,
    roots: Roots | None = None,
) -> dict[str, tuple[str, str]]:
    """Those of ``suspects`` that :func:`split` would split, with their parts."""
    found = ((word, split(word, count, corpus_words, roots)) for word in suspects)
    return {word: parts for word, parts in found if parts is not None}
