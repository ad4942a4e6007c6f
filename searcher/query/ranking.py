"""How documents are scored: the formulas, and every ingredient's switch and weight.

Plain BM25 with Lucene's idf, and the ingredients of the default profile, each of which
can be set by name in ``searcher.yaml`` (``ranking:``) and for one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Any

from searcher.errors import ConfigError
from searcher.values import Value, names, replace


class Ranking(Value, kw_only=True):
    """The settings of one profile. Weights are relative to a word's BM25 score."""

    k1: float = 0.9
    b: float = 0.85
    families: bool = True
    family_weight: float = 0.5
    function_words: bool = True
    near_spelling: bool = True
    near_spelling_weight: float = 0.25
    near_spelling_terms: int = 12
    absent_words: bool = True
    acronyms: bool = True
    acronym_weight: float = 0.3
    variants: bool = True
    variant_weight: float = 0.3
    numbers: bool = True
    number_weight: float = 0.3
    pairs: bool = True
    pair_weight: float = 0.4
    window: bool = True
    window_weight: float = 0.3
    lead: bool = True
    lead_weight: float = 0.4
    second_stage: int = 30


#: What each setting means: shown by the documentation, checked by the configuration.
MEANINGS: Mapping[str, str] = {
    "k1": "how fast repetition of a word saturates; fixed when the index is built",
    "b": "how much long articles are held back, 0 to 1; fixed when the index is built",
    "families": "a word also counts by its relatives (ekspor: mengekspor, eksportir)",
    "family_weight": "what an occurrence of a relative counts, the word itself being 1",
    "function_words": "question words weigh nothing and function words little beside others",
    "near_spelling": "words spelt nearly like a query word add to the score of what matched",
    "near_spelling_weight": "the weight of that group, for words the corpus has",
    "near_spelling_terms": "how many such words are considered",
    "absent_words": "a word no article has is read as the nearest words that occur",
    "acronyms": "short forms and their long forms, mined from the corpus, find each other",
    "acronym_weight": "the weight of the other form",
    "variants": "listed spelling variants (Jogja, Yogyakarta) find each other",
    "variant_weight": "the weight of the other spelling",
    "numbers": "words that start with a digit weigh more",
    "number_weight": "how much more",
    "pairs": "second stage: neighbouring query words that stand together",
    "pair_weight": "the weight of a pair, times the lower idf of the two",
    "window": "second stage: the passage of 80 words with most of the query",
    "window_weight": "its weight, times the idf of the words inside",
    "lead": "second stage: query words among the first 40 of the article",
    "lead_weight": "their weight, times their idf",
    "second_stage": "how many of the best articles the second stage looks at; 0 is off",
}

#: The profiles by name. ``plain`` is BM25 and nothing else.
PROFILES: Mapping[str, Ranking] = {
    "default": Ranking(),
    "plain": Ranking(
        families=False,
        function_words=False,
        near_spelling=False,
        absent_words=False,
        acronyms=False,
        variants=False,
        numbers=False,
        pairs=False,
        window=False,
        lead=False,
        second_stage=0,
    ),
}

#: name -> (default, kind, meaning)
SETTINGS: Mapping[str, tuple[Any, type, str]] = {
    name: (
        getattr(PROFILES["default"], name),
        type(getattr(PROFILES["default"], name)),
        MEANINGS[name],
    )
    for name in names(Ranking)
}


def ranking(profile: str = "default", options: Mapping[str, object] | None = None) -> Ranking:
    """A profile with single settings replaced. Raises ConfigError, naming what exists.

    >>> ranking("default", {"families": False}).families
    False
    """
    try:
        base = PROFILES[profile]
    except KeyError:
        raise ConfigError(
            f"no ranking profile {profile!r}; there are: {', '.join(PROFILES)}"
        ) from None
    changes: dict[str, Any] = {}
    for name, value in (options or {}).items():
        if name not in SETTINGS:
            raise ConfigError(f"no ranking setting {name!r}; there are: {', '.join(SETTINGS)}")
        kind = SETTINGS[name][1]
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ConfigError(f"ranking setting {name!r} takes a {kind.__name__}, not {value!r}")
        changes[name] = value
    return replace(base, **changes) if changes else base


def idf(doc_freq: float, n_docs: int) -> float:
    """Lucene's idf, never negative: ln(1 + (N - df + .5) / (df + .5)) (Kamphuis et al. 2020).

    >>> round(idf(1, 10), 3)
    1.992
    """
    return log(1.0 + (n_docs - doc_freq + 0.5) / (doc_freq + 0.5))


def union_freq(doc_freqs: Iterable[int], n_docs: int) -> float:
    """Documents expected to hold at least one of several terms, were they independent.

    Counting the union would read every list; relevance does not tell the estimate, the
    count and the largest single frequency apart.

    >>> union_freq([5, 5], 10)
    7.5
    """
    if not n_docs:
        return 0.0
    missing = 1.0
    for freq in doc_freqs:
        missing *= 1.0 - freq / n_docs if freq < n_docs else 0.0
    return n_docs * (1.0 - missing)
