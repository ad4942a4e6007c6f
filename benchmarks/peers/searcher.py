"""This project's engine, asked as any user asks it: by a text.

In the `plain` profile, but for the classes that ask for the full recipe.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.articles import Row
from benchmarks.queries import Query


def version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    import searcher.backends.embedded  # noqa: F401  without it there is nothing to measure

    try:
        return version("searcher")
    except PackageNotFoundError:
        return "from this checkout"


def _day(day: int) -> date | None:
    """The date of ``YYYYMMDD``; None for 0 and for what is no date."""
    try:
        return date(day // 10000, day // 100 % 100, day % 100)
    except ValueError:
        return None


def write(directory: Path, articles: Iterable[Row], workers: int) -> None:
    from searcher.article import Article
    from searcher.backends.embedded import create_index

    index = create_index(directory)
    try:
        opened = index.writer(**({"workers": workers} if workers > 1 else {}))
    except TypeError:  # a version that builds with one
        raise NotImplementedError from None
    with opened as writer:
        for row in articles:
            day = _day(row.date)
            published = datetime(day.year, day.month, day.day) if day else None
            writer.add(Article(id=row.id, title=row.title, body=row.body, published=published))


def open_index(directory: Path) -> Any:
    from searcher.backends.embedded import open_index

    return open_index(directory)


def _text(asked: Query) -> str:
    """The query as one types it."""
    words = asked.words
    match asked.kind:
        case "and":
            return " AND ".join(words)
        case "phrase":
            return " AND ".join([f'"{" ".join(asked.phrase)}"', *words])
        case "prefix":
            return words[0] + "*"
        case "fuzzy":
            return words[0] + "~1"
        case "title_term":
            return "title:" + words[0]
    return " ".join(words)


def profile(asked: Query) -> str:
    return "plain" if asked == asked.plain() else "default"


def search(index: Any, asked: Query) -> tuple[Any, list[str]]:
    # Title and body are one text here, so `or` and `or_tb` are the same question.
    shown = asked.kind.startswith("or_snip")
    found = index.search(
        _text(asked),
        limit=10,
        sort="newest" if asked.kind == "sort_date" else "relevance",
        since=_day(asked.since) if asked.since else None,
        until=_day(asked.until) if asked.until else None,
        profile=profile(asked),
        snippets=shown,
    )
    return found, [hit.snippet.html() for hit in found] if shown else [""] * 10


def ids(index: Any, hits: tuple[Any, list[str]]) -> list[tuple[str, str]]:
    found, snippets = hits
    return [(hit.id, snippet) for hit, snippet in zip(found, snippets, strict=False)]
