"""SQLite's FTS5, by the standard library's sqlite3."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from benchmarks.articles import Row
from benchmarks.queries import Query

_TABLES = """
create table if not exists article (
    n integer primary key, id text, date integer, title text, body text
);
create index if not exists article_date on article (date);
create virtual table if not exists words using fts5 (
    title, body, content='article', content_rowid='n', tokenize="unicode61 remove_diacritics 0"
);
"""


def version() -> str:
    return sqlite3.sqlite_version


def write(directory: Path, articles: Iterable[Row], workers: int) -> None:
    if workers > 1:
        raise NotImplementedError
    directory.mkdir(parents=True, exist_ok=True)
    new = not (directory / "index.db").exists()
    index = sqlite3.connect(directory / "index.db")
    index.executescript("pragma cache_size = -256000; " + _TABLES)
    (last,) = index.execute("select coalesce(max(n), 0) from article").fetchone()
    for n, row in enumerate(articles, last + 1):
        index.execute("insert into article values (?, ?, ?, ?, ?)", (n, *row))
        index.execute(
            "insert into words (rowid, title, body) values (?, ?, ?)", (n, row.title, row.body)
        )
    index.commit()
    if new:
        index.execute("insert into words (words) values ('optimize')")
        index.commit()
    index.close()


def open_index(directory: Path) -> sqlite3.Connection:
    return sqlite3.connect(directory / "index.db")


def _match(asked: Query) -> str:
    quoted = [f'"{word}"' for word in asked.words]
    match asked.kind:
        case "term" | "sort_date":
            return "body : " + quoted[0]
        case "title_term":
            return "title : " + quoted[0]
        case "or" | "or_snip" | "date_or":
            return f"body : ({' OR '.join(quoted)})"
        case "or_tb":
            return " OR ".join(quoted)
        case "and":
            return f"body : ({' AND '.join(quoted)})"
        case "phrase":
            phrase = '"' + " ".join(asked.phrase) + '"'
            return f"body : ({' AND '.join([phrase, *quoted])})"
        case "prefix":
            return f"body : {quoted[0]} *"
    raise NotImplementedError


def search(index: sqlite3.Connection, asked: Query) -> list[tuple[int, str]]:
    words = _match(asked)
    if asked.kind == "sort_date":
        return index.execute(
            "select n, '' from words join article on n = words.rowid where words match ?"
            " order by date desc limit 10",
            (words,),
        ).fetchall()
    if asked.kind == "date_or":
        return index.execute(
            "select n, '' from words join article on n = words.rowid where words match ?"
            " and date between ? and ? order by rank limit 10",
            (words, asked.since, asked.until),
        ).fetchall()
    shown = "snippet(words, 1, '<b>', '</b>', '…', 30)" if asked.kind == "or_snip" else "''"
    return index.execute(
        f"select rowid, {shown} from words where words match ? order by rank limit 10", (words,)
    ).fetchall()


def ids(index: sqlite3.Connection, hits: list[tuple[int, str]]) -> list[tuple[str, str]]:
    one = "select id from article where n = ?"
    return [(index.execute(one, (n,)).fetchone()[0], snippet) for n, snippet in hits]
