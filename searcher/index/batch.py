"""Articles that wait in memory, and the segment they become.

What an article is to a batch does not depend on any other (:func:`prepare`), so that one
process can prepare what another one gathers and writes.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from searcher.article import FIELDS, Article
from searcher.errors import ArticleRejected
from searcher.index import build
from searcher.index.layout import NO_DATE, write_columns
from searcher.index.segment import KEYWORDS, MAX_ARTICLE_BYTES
from searcher.index.words import WordTable
from searcher.kernels.columns import by_term, norms, not_empty
from searcher.kernels.spelling import by_piece
from searcher.kernels.words import count_breaks
from searcher.kernels.writing import ListWriter, invert, mid_sentence

#: No article may take more positions: they are written as differences of 21 bits.
MAX_POSITIONS = 2_000_000
#: Nor may its id be longer.
MAX_ID_BYTES = 1000
#: Nor may it be published in the first or last days that a datetime can tell.
EARLIEST, LATEST = -62_135_000_000, 253_402_000_000

#: A text as ``json.dumps(text, ensure_ascii=False)`` writes it.
_quoted = json.encoder.encode_basestring


class Prepared(NamedTuple):
    """An article as a batch takes it: numbers, strings and bytes only.

    ``stored`` is JSON of the article without its body, NUL, and the body, which is not
    repeated among the texts.
    """

    id: str
    digest: int
    seconds: int
    offset: int
    source: str
    place: str
    author: str
    category: str
    stored: bytes
    title: str
    source_text: str

    @property
    def weight(self) -> int:
        """About the bytes of memory it takes while its batch is written."""
        # Of each word: its number, its token in three numbers, once more sorted, and its
        # postings. White space is what words are cut at.
        words = count_breaks(self.stored) + len(self.title) // 4
        return 1000 + 2 * len(self.stored) + 36 * words


def prepare(article: Article) -> Prepared:
    """Raises ArticleRejected for what no segment can hold."""
    if not article.id:
        raise ArticleRejected("an article needs an id")
    try:
        size = len(article.id.encode())
    except UnicodeEncodeError:
        raise ArticleRejected("an id with half a character: it is no Unicode text") from None
    if size > MAX_ID_BYTES:
        raise ArticleRejected(
            f"an id of {len(article.id)} characters; it may take {MAX_ID_BYTES} bytes"
        )
    body = article.body.encode("utf-8", "replace")
    stored = b"%b\0%b" % (head_json(article).encode("utf-8", "replace"), body)
    if len(stored) > MAX_ARTICLE_BYTES:
        raise ArticleRejected(f"{len(stored)} bytes; an article may have {MAX_ARTICLE_BYTES}")
    seconds, offset = build.utc(article.published)
    if not (EARLIEST <= seconds <= LATEST or seconds == NO_DATE):
        raise ArticleRejected(f"published {article.published}: no calendar goes that far")
    site = article.meta.get("site") if article.meta else None
    return Prepared(
        article.id,
        article.digest(body),
        seconds,
        offset,
        article.source or site or "",
        article.place or "",
        article.author or "",
        article.category or "",
        stored,
        article.title,
        f"{article.source or ''} {site}" if site else article.source or "",
    )


def head_json(article: Article) -> str:
    """``article.as_dict()`` without the body, as ``json.dumps(…, ensure_ascii=False)`` has it.

    >>> head_json(Article(id="a", title='"Kami"', body="Kami", meta={"site": "kompas.com"}))
    '{"id": "a", "title": "\\\\"Kami\\\\"", "meta": {"site": "kompas.com"}}'
    """
    out = f'{{"id": {_quoted(article.id)}'
    if article.title:
        out += f', "title": {_quoted(article.title)}'
    if article.published:
        out += f', "published": "{article.published.isoformat()}"'
    for name in _BEHIND:
        value = getattr(article, name)
        if value:
            out += f', "{name}": {_quoted(value)}'
    if article.meta:
        out += f', "meta": {json.dumps(dict(article.meta), ensure_ascii=False)}'
    return out + "}"


#: The fields of an article between its date and ``meta``.
_BEHIND = ("source", "place", "author", "category", "url", "caption", "path")


def raw_words(prepared: Prepared, table: WordTable) -> dict[str, array[int]]:
    """The raw words of each text; raises ArticleRejected when they are too many."""
    text = table.text
    texts = {
        "body": text(prepared.stored[prepared.stored.index(b"\0") + 1 :]),
        "title": text(prepared.title.encode("utf-8", "replace")),
    }
    words = len(texts["body"]) + len(texts["title"])
    for field, value in (
        ("source", prepared.source_text),
        ("place", prepared.place),
        ("author", prepared.author),
        ("category", prepared.category),
    ):
        if value:
            numbers = texts[field] = text(value.encode("utf-8", "replace"))
            words += len(numbers)
    if 4 * words > MAX_POSITIONS:
        raise ArticleRejected(f"{words} words; an article may have {MAX_POSITIONS // 4}")
    return texts


class Around(NamedTuple):
    """What a batch must know of the index it is written for.

    ``lengths`` has for each field the summed lengths of the documents before it and how many
    they are; ``words`` is about how many words the index has, this batch included.
    """

    k1: float
    b: float
    glue: bool
    lengths: Mapping[str, tuple[int, int]]
    words: int
    dictionary: bytes


class Batch:
    """Articles in the order they came, as numbers of the raw words of a table."""

    def __init__(self, table: WordTable) -> None:
        self.table = table
        self.articles: list[Prepared] = []
        self._title_words = array("I")
        self._numbers = {field: array("I") for field in FIELDS}
        self._doc_at = {field: array("Q", [0]) for field in FIELDS}

    def __len__(self) -> int:
        return len(self.articles)

    def next(self, most_words: int) -> Batch:
        """An empty one with the same table, unless that remembers more than so many words."""
        table = self.table
        return Batch(table.emptied() if table.n_raws > most_words else table)

    def add(self, prepared: Prepared, texts: dict[str, array[int]]) -> None:
        """Append an article; ``texts`` are its :func:`raw_words` in this batch's table."""
        numbers = self._numbers
        title, body = texts["title"], texts.pop("body")
        numbers["text"].extend(title)
        numbers["text"].extend(body)
        self._title_words.append(len(title))
        for field, words in texts.items():
            numbers[field].extend(words)
        for field in FIELDS:
            self._doc_at[field].append(len(numbers[field]))
        self.articles.append(prepared)

    def write(self, path: Path, around: Around) -> tuple[int, int]:
        """Write all as the columns of a segment file; (documents, bytes)."""
        import zstandard

        table = self.table
        table.analyse()
        pivots: dict[str, float] = {}
        columns: dict[str, Any] = {}
        for field in FIELDS:
            numbers, entries = self._numbers[field], table.entries()
            if field in ("text", "title") and around.glue:
                entries = table.repaired(numbers, around.words)
            at, tokens, lengths = invert(numbers, self._doc_at[field], *entries, table.n_terms)
            del numbers
            total, n_docs = around.lengths[field]
            n_docs += len(lengths)
            pivots[field] = (total + sum(lengths)) / n_docs if n_docs else 0.0
            columns.update(build.length_column(field, lengths))
            order, terms = table.sorted_terms(not_empty(at))
            writer = ListWriter(norms(lengths, around.k1, around.b, pivots[field]))
            writer.add_batch(order, at, tokens)
            columns.update(build.prefixed(field, {**terms, **writer.columns()}))
            del at, tokens, writer  # eight bytes a word
            if field == "text":
                columns.update(self._capitals(order))
                pieces = by_piece(columns["text.terms"], columns["text.term_at"])
                columns.update(build.prefixed("pieces", pieces))
        compress = zstandard.ZstdCompressor(
            level=build.LEVEL,
            write_checksum=True,  # four bytes an article: what is shown is what was stored
            write_dict_id=False,
            dict_data=zstandard.ZstdCompressionDict(around.dictionary),
        ).compress
        articles = self.articles
        columns.update(
            build.document_columns(
                [article.id for article in articles],
                [article.digest for article in articles],
                [article.seconds for article in articles],
                [article.offset for article in articles],
                {name: [getattr(article, name) for article in articles] for name in KEYWORDS},
                [compress(article.stored) for article in articles],
            )
        )
        mined = table.acronyms(self._numbers["text"], self._doc_at["text"])
        columns["acronyms"] = build.merge_acronyms([mined])
        header = {"n_docs": len(self), "k1": around.k1, "b": around.b, "pivots": pivots}
        return len(self), write_columns(path, header, columns)

    def _capitals(self, order: array[int]) -> dict[str, Any]:
        """How often each term stands in mid-sentence, and with a capital there.

        ``order`` are the terms by their numbers, as the columns have them. Titles are left
        out: headlines capitalise what the language does not.
        """
        table = self.table
        uses, capital_uses = mid_sentence(
            self._numbers["text"],
            self._doc_at["text"],
            self._title_words,
            table.capital,
            table.ends,
        )
        columns: dict[str, Any] = {}
        for name, counts in (("text.capitals", capital_uses), ("text.mids", uses)):
            ours = by_term(counts, table.term_at, table.term_of, order, table.n_terms)
            columns.update(build.count_columns(name, ours))
        return columns
