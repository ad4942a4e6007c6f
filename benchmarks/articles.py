"""The one file every engine is built from, so that none pays for another's format.

One article a line, four columns between tabs: id, publication date as ``YYYYMMDD`` (0 if
unknown), title, body. Line breaks inside a text become spaces: no engine here looks at
them, and every one then reads a line and splits it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    id: str
    date: int
    title: str
    body: str


def _flat(text: object) -> str:
    return "" if text is None else " ".join(str(text).split())


def _first(row: dict[str, Any], *names: str) -> object:
    """The first of these that is given; an id may be 0."""
    return next((row[name] for name in names if row.get(name) not in (None, "")), None)


def _date(value: object) -> int:
    """``2023-03-09T21:32:00+07:00`` to 20230309, anything else to 0."""
    digits = str(value or "")[:10].replace("-", "")
    return int(digits) if len(digits) == 8 and digits.isascii() and digits.isdigit() else 0


def read_jsonl(path: Path) -> Iterator[Row]:
    """Articles of a JSONL file (``.gz`` or not) with ``id, title, body, date``.

    ``docid`` and ``text`` are understood for ``id`` and ``body``.
    """
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as lines
    ):
        for line in lines:
            row = json.loads(line)
            yield Row(
                _flat(_first(row, "id", "docid")).replace(" ", "_"),
                _date(row.get("date")),
                _flat(row.get("title")),
                _flat(_first(row, "body", "text")),
            )


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write the plain file, whole or not at all; returns the number of articles."""
    n = 0
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="\n") as out:
        for n, row in enumerate(rows, 1):  # noqa: B007
            out.write(f"{row.id}\t{row.date}\t{row.title}\t{row.body}\n")
    unfinished.replace(path)
    return n


def read_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            article_id, date, title, body = line.rstrip("\n").split("\t")
            yield Row(article_id, int(date), title, body)
