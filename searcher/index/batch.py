"""Articles that wait in memory, and the segment they become.

What an article is to a batch does not depend on any other (:func:`prepare`), so that one
process can prepare what another one gathers and writes.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from searcher.article import FIELDS, Article
from searcher.errors import ArticleRejected
from searcher.index import build
from searcher.index.acronyms import Explained
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

#: What a document takes in a batch, and each of its words while the batch is written: its
#: number, its token in eight bytes, and what is written of it; in bytes.
ARTICLE_BYTES, WORD_BYTES = 500, 16
#: The fields whose glued words are repaired.
_REPAIRED = ("text", "title")
#: The fields beside text and title, and where a prepared article has their words.
_OTHERS = (
    ("source", "source_text"),
    ("place", "place"),
    ("author", "author"),
    ("category", "category"),
)

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


def check_words(prepared: Prepared) -> None:
    """Raises ArticleRejected when its words are too many."""
    # A word takes a byte, and another one to be told from the next.
    if len(prepared.stored) <= MAX_POSITIONS // 4:
        return
    body = prepared.stored[prepared.stored.index(b"\0") + 1 :].decode()
    texts = (body, prepared.title, *(getattr(prepared, name) for _, name in _OTHERS))
    words = sum(len(text.split()) for text in texts)
    if 4 * words > MAX_POSITIONS:
        raise ArticleRejected(f"{words} words; an article may have {MAX_POSITIONS // 4}")


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
    """Articles in the order they came, as numbers of the raw words of a table.

    They come in rounds: :meth:`settle` ends one. What of a text depends on the texts beside
    it depends on those of its round, so that a segment is the same whether the rounds became
    one batch or many that were merged.
    """

    def __init__(self, table: WordTable) -> None:
        self.table = table
        #: As they were given until their round ends, then compressed.
        self.stored: list[bytes] = []
        self._stored_bytes = 0
        self._compress: Callable[[bytes], bytes] | None = None
        self._ids: list[str] = []
        self._digests = array("Q")
        self._seconds = array("q")
        self._offsets = array("h")
        self._keywords: dict[str, list[str]] = {field: [] for field in KEYWORDS}
        self._title_words = array("I")
        self._numbers = {field: array("I") for field in FIELDS}
        self._doc_at = {field: array("Q", [0]) for field in FIELDS}
        self._settled = 0  # the documents of ended rounds
        self._glued: dict[str, list[tuple[int, int]]] = {field: [] for field in _REPAIRED}
        self._mined: list[list[Explained]] = []

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def n_bytes(self) -> int:
        """About the memory that it takes while it is written, in bytes, without its table."""
        words = sum(map(len, self._numbers.values()))
        return self._stored_bytes + ARTICLE_BYTES * len(self) + WORD_BYTES * words

    def next(self, most_words: int) -> Batch:
        """An empty one with the same table, unless that remembers more than so many words."""
        table = self.table
        batch = Batch(table.emptied() if table.n_raws > most_words else table)
        batch._compress = self._compress
        return batch

    def add(self, prepared: Prepared) -> None:
        """Append an article of no more words than :func:`check_words` allows."""
        stored = prepared.stored
        numbers = self._numbers
        text = self.table.text
        title = text(prepared.title.encode("utf-8", "replace"))
        numbers["text"].extend(title)
        numbers["text"].extend(text(stored[stored.index(b"\0") + 1 :]))
        numbers["title"].extend(title)
        self._title_words.append(len(title))
        for field, name in _OTHERS:
            if value := getattr(prepared, name):
                numbers[field].extend(text(value.encode("utf-8", "replace")))
        for field in FIELDS:
            self._doc_at[field].append(len(numbers[field]))
        self._ids.append(prepared.id)
        self._digests.append(prepared.digest)
        self._seconds.append(prepared.seconds)
        self._offsets.append(prepared.offset)
        for field in KEYWORDS:
            self._keywords[field].append(getattr(prepared, field))
        self.stored.append(stored)

    def settle(self, glue: bool, words: int, dictionary: bytes) -> None:
        """End a round: analyse what was added since the last, find its glued words and acronyms.

        Its articles are compressed with the dictionary, which is the same for all rounds.
        ``glue`` and ``words`` as in :class:`Around`.
        """
        if self._settled == len(self):
            return
        table = self.table
        table.analyse()
        for field in _REPAIRED if glue else ():
            start = self._doc_at[field][self._settled]
            repaired = table.repaired(self._numbers[field][start:], words)
            self._glued[field] += [(start + place, entry) for place, entry in repaired]
        doc_at = self._doc_at["text"][self._settled :]
        start = doc_at[0]
        doc_at = array("Q", [at - start for at in doc_at])
        self._mined.append(table.acronyms(self._numbers["text"][start:], doc_at))
        # All at once: the tables of the dictionary are as large as the processor's cache.
        compress = self._compress = self._compress or _compressor(dictionary)
        frames = list(map(compress, self.stored[self._settled :]))
        self.stored[self._settled :] = frames
        self._stored_bytes += sum(map(len, frames))
        self._settled = len(self)

    def write(self, path: Path, around: Around) -> tuple[int, int]:
        """Write all as the columns of a segment file; (documents, bytes). Only once."""
        self.settle(around.glue, around.words, around.dictionary)
        table = self.table
        entries = table.entries()
        uses, capital_uses = mid_sentence(
            self._numbers["text"],
            self._doc_at["text"],
            self._title_words,
            table.capital,
            table.ends,
        )
        pivots: dict[str, float] = {}
        columns: dict[str, Any] = {}
        for field in FIELDS:
            numbers = self._numbers.pop(field)  # four bytes a word
            for place, entry in self._glued.get(field, ()):
                numbers[place] = len(table.widths) + entry
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
                # Titles are left out: headlines capitalise what the language does not.
                for name, counts in (("text.capitals", capital_uses), ("text.mids", uses)):
                    ours = by_term(counts, table.term_at, table.term_of, order, table.n_terms)
                    columns.update(build.count_columns(name, ours))
                pieces = by_piece(columns["text.terms"], columns["text.term_at"])
                columns.update(build.prefixed("pieces", pieces))
        columns.update(
            build.document_columns(
                self._ids, self._digests, self._seconds, self._offsets, self._keywords, self.stored
            )
        )
        columns["acronyms"] = build.merge_acronyms(self._mined)
        header = {"n_docs": len(self), "k1": around.k1, "b": around.b, "pivots": pivots}
        return len(self), write_columns(path, header, columns)


def _compressor(dictionary: bytes) -> Callable[[bytes], bytes]:
    import zstandard

    compress: Callable[[bytes], bytes] = zstandard.ZstdCompressor(
        level=build.LEVEL,
        write_checksum=True,  # four bytes an article: what is shown is what was stored
        write_dict_id=False,
        dict_data=zstandard.ZstdCompressionDict(dictionary),
    ).compress
    return compress
