"""tantivy, by its own Python package."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Order, Query

from benchmarks.articles import Row
from benchmarks.queries import Query as Asked

_RAW, _WORDS = {"tokenizer_name": "raw", "index_option": "basic"}, {"index_option": "position"}
SCHEMA = (
    tantivy.SchemaBuilder()
    .add_text_field("id", stored=True, **_RAW)
    .add_integer_field("date", stored=True, indexed=True, fast=True)
    .add_text_field("title", stored=True, **_WORDS)
    .add_text_field("body", stored=True, **_WORDS)
    .build()
)


def version() -> str:
    return str(tantivy.__version__)


def write(directory: Path, articles: Iterable[Row], workers: int) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(SCHEMA, str(directory))
    writer = index.writer(heap_size=256_000_000, num_threads=workers)
    for row in articles:
        writer.add_document(
            tantivy.Document(id=row.id, date=row.date, title=row.title, body=row.body)
        )
    writer.commit()
    writer.wait_merging_threads()


def open_index(directory: Path) -> Any:
    return tantivy.Index.open(str(directory)).searcher()


def _any(words: Iterable[str], *fields: str) -> Query:
    return Query.boolean_query(
        [
            (Occur.Should, Query.term_query(SCHEMA, field, word))
            for word in words
            for field in fields
        ]
    )


def _query(asked: Asked) -> Query:
    words = asked.words
    match asked.kind:
        case "term" | "sort_date":
            return Query.term_query(SCHEMA, "body", words[0])
        case "title_term":
            return Query.term_query(SCHEMA, "title", words[0])
        case "or" | "or_snip":
            return _any(words, "body")
        case "or_tb":
            return _any(words, "title", "body")
        case "and":
            return Query.boolean_query(
                [(Occur.Must, Query.term_query(SCHEMA, "body", word)) for word in words]
            )
        case "phrase":
            parts = [(Occur.Must, Query.phrase_query(SCHEMA, "body", list(asked.phrase)))]
            parts += [(Occur.Must, Query.term_query(SCHEMA, "body", word)) for word in words]
            return parts[0][1] if len(parts) == 1 else Query.boolean_query(parts)
        case "prefix":
            # Faster than a regular expression, and complete, which a phrase prefix is not:
            # that one stops after fifty words.
            return Query.fuzzy_term_query(SCHEMA, "body", words[0], 0, True, True)
        case "fuzzy":
            return Query.fuzzy_term_query(SCHEMA, "body", words[0], 1)
        case "date_or":
            days = Query.range_query(
                SCHEMA, "date", tantivy.FieldType.Integer, asked.since, asked.until
            )
            return Query.boolean_query([(Occur.Must, _any(words, "body")), (Occur.Must, days)])
    raise NotImplementedError


def search(index: Any, asked: Asked) -> list[tuple[Any, str]]:
    query = _query(asked)
    if asked.kind == "sort_date":
        found = index.search(query, 10, count=False, order_by_field="date", order=Order.Desc)
    else:
        found = index.search(query, 10, count=False)
    if asked.kind != "or_snip":
        return [(address, "") for _, address in found.hits]
    generator = tantivy.SnippetGenerator.create(index, query, SCHEMA, "body")
    generator.set_max_num_chars(200)
    return [
        (address, generator.snippet_from_doc(index.doc(address)).to_html())
        for _, address in found.hits
    ]


def ids(index: Any, hits: list[tuple[Any, str]]) -> list[tuple[str, str]]:
    return [(index.doc(address)["id"][0], snippet) for address, snippet in hits]
