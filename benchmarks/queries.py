"""Seventeen classes of fixed queries, drawn from a corpus and the same at every run.

Words are drawn as plain ASCII letters, lower-cased: every engine cuts and folds them
alike, so all do the same work. The queries come from the given articles, as many as the
smallest size of a run holds, and are put to all its sizes, so that growth is that of the
index, not of the question.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from benchmarks.articles import Row

#: Class to what it asks, in the order of the tables.
CLASSES: dict[str, str] = {
    "term_low": "one rare word (at most 1 article in 1,000)",
    "term_mid": "one word of 0.5 to 2 % of the articles",
    "term_high": "one frequent word (10 to 60 %)",
    "or": "2-4 words in a row of a title, as typed; any of them",
    "and": "2-3 words of one article's beginning, all of them",
    "phrase": "2-3 words in a row of a body, in that order",
    "phrase_term": "such a phrase and another word of the article, both",
    "prefix": "the first 4-6 letters of a word, and *",
    "fuzzy": "a word with one letter wrong, one edit allowed",
    "title_term": "one word, in the title",
    "date_or": "as `or`, within a year around an article's date",
    "sort_date": "one word of 1 to 20 %, the ten newest articles",
    "long": "8-15 words in a row of a body, any of them",
    "or_snip": "as `or`, with ten snippets",
    "or_tb": "as `or`, in title and body",
    "or_default": "as `or`, `searcher` with its full recipe, the others as in `or`",
    "or_snip_default": "as `or_snip`, `searcher` with its full recipe, the others as in `or_snip`",
}
#: What the names of classes that only the subject answers in another way end with.
_FULL = "_default"


class Query(NamedTuple):
    """One question. ``kind`` is its class, or ``term`` and ``or`` for variants of these.

    ``words`` and ``phrase`` are lower-case; ``since`` and ``until`` are ``YYYYMMDD``,
    inclusive, 0 where they play no part.
    """

    kind: str
    words: tuple[str, ...] = ()
    phrase: tuple[str, ...] = ()
    since: int = 0
    until: int = 0

    def line(self) -> str:
        """The query as it is sent to an engine's process.

        >>> Query("date_or", ("harga", "beras"), since=20230101, until=20231231).line()
        'date_or\\tharga beras\\t\\t20230101\\t20231231'
        """
        return "\t".join(
            (
                self.kind,
                " ".join(self.words),
                " ".join(self.phrase),
                str(self.since),
                str(self.until),
            )
        )

    def plain(self) -> Query:
        """The same question to an engine without the subject's full recipe.

        >>> Query("or_snip_default", ("harga", "beras")).plain()
        Query(kind='or_snip', words=('harga', 'beras'), phrase=(), since=0, until=0)
        """
        return self._replace(kind=self.kind.removesuffix(_FULL))

    @classmethod
    def of(cls, line: str) -> Query:
        kind, words, phrase, since, until = line.split("\t")
        return cls(kind, tuple(words.split()), tuple(phrase.split()), int(since), int(until))


_WORD = re.compile(r"[a-z]{3,}")
_PLAIN = re.compile(r"[A-Za-z]{3,}")


def _plain(words: Sequence[str]) -> list[str]:
    return [word.lower() for word in words if _PLAIN.fullmatch(word)]


class Sample:
    """A corpus to draw from: some thousand articles, and how many articles hold each word."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.articles = [row for row in rows if len(row.body.split()) >= 30] or list(rows)
        freq: Counter[str] = Counter()
        for row in rows:
            freq.update(set(_WORD.findall(f"{row.title} {row.body}".lower())))
        self.doc_freq = freq
        self.n = len(rows)
        words = sorted(freq)
        self._within = cache(
            lambda low, high: [word for word in words if low <= freq[word] <= high]
        )

    def word(self, rng: random.Random, low: float, high: float) -> str:
        """A word of ``low`` to ``high`` articles; from a wider range where there is none."""
        found = self._within(low, high)
        return rng.choice(found) if found else self.word(rng, low / 2, high * 2)

    def run(
        self, rng: random.Random, shortest: int, longest: int, title: bool = False
    ) -> list[str]:
        """Plain words in a row, none left out between them, from a title or a body."""
        while True:
            row = rng.choice(self.articles)
            words = (row.title if title and row.title else row.body).split()
            length = rng.randint(shortest, longest)
            start = rng.randrange(max(1, len(words) - length + 1))
            found = words[start : start + length]
            if len(found) >= shortest and len(plain := _plain(found)) == len(found):
                return plain


def _slip(word: str, rng: random.Random) -> str:
    """``word`` with one letter changed, dropped, doubled or exchanged with its neighbour."""
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + rng.choice("aeiounrst") + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def _around(day: int) -> tuple[int, int]:
    """The year around a date, roughly: half a year to both sides, whole months."""
    months = day // 10000 * 12 + day // 100 % 100 - 1
    since, until = months - 6, months + 6
    return (
        since // 12 * 10000 + (since % 12 + 1) * 100 + 1,
        until // 12 * 10000 + (until % 12 + 1) * 100 + 28,
    )


def _draw(name: str, sample: Sample, rng: random.Random) -> Query:
    n = sample.n
    typed = lambda: tuple(dict.fromkeys(sample.run(rng, 2, 4, title=True)))  # noqa: E731
    match name:
        case "term_low":
            return Query("term", (sample.word(rng, 2, max(5, 0.001 * n)),))
        case "term_mid":
            return Query("term", (sample.word(rng, max(6, 0.005 * n), max(12, 0.02 * n)),))
        case "term_high":
            return Query("term", (sample.word(rng, 0.1 * n, 0.6 * n),))
        case "or" | "or_snip" | "or_tb" | "or_default" | "or_snip_default":
            return Query(name, typed())
        case "and":
            lead = _plain(rng.choice(sample.articles).body.split()[:60])
            content = [w for w in dict.fromkeys(lead) if sample.doc_freq[w] <= 0.2 * n] or lead
            return Query(name, tuple(rng.sample(content, min(len(content), rng.randint(2, 3)))))
        case "phrase":
            return Query(name, (), tuple(sample.run(rng, 2, 3)))
        case "phrase_term":
            row = rng.choice(sample.articles)
            words = row.body.split()
            starts = [
                i
                for i in range(len(words) - 1)
                if _PLAIN.fullmatch(words[i]) and _PLAIN.fullmatch(words[i + 1])
            ]
            others = [w for w in _plain(words) if sample.doc_freq[w] < 0.1 * n]
            if not starts or not others:
                return _draw(name, sample, rng)
            start = rng.choice(starts)
            phrase = (words[start].lower(), words[start + 1].lower())
            return Query("phrase", (rng.choice(others),), phrase)
        case "prefix":
            word = sample.word(rng, 3, 0.05 * n)
            return (
                Query(name, (word[: rng.randint(4, 6)],))
                if len(word) > 6
                else _draw(name, sample, rng)
            )
        case "fuzzy":
            word = sample.word(rng, 5, 0.05 * n)
            return Query(name, (_slip(word, rng),)) if len(word) > 5 else _draw(name, sample, rng)
        case "title_term":
            words = [w for w in sample.run(rng, 1, 3, title=True) if sample.doc_freq[w] > 1]
            return Query(name, (rng.choice(words),)) if words else _draw(name, sample, rng)
        case "date_or":
            day = rng.choice(sample.articles).date
            return Query(name, typed(), (), *_around(day or 20200615))
        case "sort_date":
            return Query(name, (sample.word(rng, 0.01 * n, 0.2 * n),))
        case "long":
            return Query("or", tuple(dict.fromkeys(sample.run(rng, 8, 15))))
    raise ValueError(name)


def draw(rows: Sequence[Row], per_class: int = 200) -> dict[str, list[Query]]:
    """``per_class`` queries of every class, drawn from ``rows``."""
    sample = Sample(rows)
    queries = {}
    for name in CLASSES:
        # One generator a class: a change to one leaves the others' queries as they were.
        # The full recipe is asked what the plain one is.
        rng = random.Random(f"queries {name.removesuffix(_FULL)}")
        queries[name] = [_draw(name, sample, rng) for _ in range(per_class)]
    return queries
