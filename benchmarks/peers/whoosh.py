"""Whoosh with its own index, as one gets it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import whoosh
from whoosh import fields, query
from whoosh import index as whoosh_index
from whoosh.analysis import LowercaseFilter, RegexTokenizer

from benchmarks.articles import Row
from benchmarks.queries import Query


def version() -> str:
    return ".".join(map(str, whoosh.__version__))


def _schema() -> fields.Schema:
    words = RegexTokenizer(r"\w+") | LowercaseFilter()
    return fields.Schema(
        id=fields.ID(stored=True),
        date=fields.NUMERIC(int, stored=True, sortable=True),
        title=fields.TEXT(words, stored=True),
        body=fields.TEXT(words, stored=True),
    )


def write(directory: Path, articles: Iterable[Row], workers: int) -> None:
    if whoosh_index.exists_in(str(directory)):
        index = whoosh_index.open_dir(str(directory))
    else:
        directory.mkdir(parents=True)
        index = whoosh_index.create_in(str(directory), _schema())
    writer = index.writer(limitmb=256, procs=workers)
    for row in articles:
        writer.add_document(id=row.id, date=row.date, title=row.title, body=row.body)
    writer.commit()


def open_index(directory: Path) -> Any:
    return whoosh_index.open_dir(str(directory)).searcher()


def _query(asked: Query) -> query.Query:
    terms = [query.Term("body", word) for word in asked.words]
    match asked.kind:
        case "term" | "sort_date":
            return terms[0]
        case "title_term":
            return query.Term("title", asked.words[0])
        case "or" | "or_snip" | "date_or":
            return query.Or(terms)
        case "or_tb":
            return query.Or(terms + [query.Term("title", word) for word in asked.words])
        case "and":
            return query.And(terms)
        case "phrase":
            phrase = query.Phrase("body", list(asked.phrase))
            return query.And([phrase, *terms]) if terms else phrase
        case "prefix":
            return query.Prefix("body", asked.words[0])
        case "fuzzy":
            return query.FuzzyTerm("body", asked.words[0], maxdist=1)
    raise NotImplementedError


def search(index: Any, asked: Query) -> list[tuple[Any, str]]:
    if asked.kind == "sort_date":
        found = index.search(_query(asked), limit=10, sortedby="date", reverse=True)
    elif asked.kind == "date_or":
        days = query.NumericRange("date", asked.since, asked.until)
        found = index.search(_query(asked), limit=10, filter=days)
    else:
        found = index.search(_query(asked), limit=10)
    shown = asked.kind == "or_snip"
    return [(hit, hit.highlights("body") if shown else "") for hit in found]


def ids(index: Any, hits: list[tuple[Any, str]]) -> list[tuple[str, str]]:
    return [(hit["id"], snippet) for hit, snippet in hits]
