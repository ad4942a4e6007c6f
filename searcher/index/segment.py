"""One immutable segment, opened. Reads documents and columns; does not know queries."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar

from searcher.article import FIELDS, Article
from searcher.errors import IndexCorrupt, SearcherError
from searcher.index.layout import FIELD_COLUMNS, NO_DATE, ColumnFile
from searcher.index.manifest import SegmentEntry
from searcher.kernels.families import Families
from searcher.kernels.postings import Lists
from searcher.kernels.spelling import Spellings

#: The fields with one value a document, kept as numbered columns.
KEYWORDS = ("source", "place", "author", "category")
#: No article is stored that takes more bytes, so a frame that claims to is damaged.
MAX_ARTICLE_BYTES = 64 << 20
#: Columns with one value a document.
_BY_DOCUMENT = (
    "published", "offsets", "by_date", "digests", "id_hashes", "id_docs",
    *(f"lengths.{field}" for field in FIELDS), *(f"{field}.codes" for field in KEYWORDS),
)  # fmt: skip

Method = TypeVar("Method", bound=Callable[..., Any])
Words = TypeVar("Words")


def _reads(what: str) -> Callable[[Method], Method]:
    """A method that only reads and decodes: whatever goes wrong in it, what it reads is not
    what was written. No checksum is compared before a search, so this is where it shows."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def read(self: Segment, *args: Any) -> Any:
            try:
                return method(self, *args)
            except SearcherError:
                raise
            except Exception as error:
                raise IndexCorrupt(self.path, f"{what} cannot be read") from error

        return read  # type: ignore[return-value]

    return decorate


def id_hash(article_id: str) -> int:
    """The 32-bit hash an id is looked up by; whoever finds it compares the ids too."""
    return int.from_bytes(id_hashes([article_id.encode("utf-8", "replace")]), "little")


def id_hashes(encoded: Iterable[bytes]) -> bytes:
    """:func:`id_hash` of ids in UTF-8, four little-endian bytes each."""
    from _blake2 import blake2b  # hashlib's, without OpenSSL, which takes 3 ms

    return b"".join([blake2b(each, digest_size=4).digest() for each in encoded])


class Segment:
    """A mapped segment. Nothing is decoded at open; safe to share between threads.

    ``n_docs`` counts deleted documents too; ``live`` is None while none is deleted, else
    one byte a document, 0 where deleted.
    """

    def __init__(self, directory: Path, entry: SegmentEntry, dictionary: bytes) -> None:
        self.entry = entry
        self.path = directory / entry.name
        self._file = ColumnFile(self.path)
        if self._file.header.get("n_docs") != entry.n_docs:
            raise IndexCorrupt(self.path, "it holds another number of documents than committed")
        self.columns = self._file.columns
        sizes = {name: len(column) for name, column in self.columns.items()}
        wrong = [name for name in _BY_DOCUMENT if sizes.get(name) != entry.n_docs]
        if wrong or sizes.get("id_at") != entry.n_docs + 1 != sizes.get("stored_at"):
            raise IndexCorrupt(self.path, "it holds another number of documents than committed")
        self._ids, self._id_at = self.columns["ids"], self.columns["id_at"]
        self.n_docs = entry.n_docs
        self.header = self._file.header
        self._dictionary = dictionary
        self._decompressors: list[Any] = []
        self.live: memoryview | None = None
        self._live_file: ColumnFile | None = None
        if entry.live:
            self._live_file = ColumnFile(directory / entry.live)
            self.live = self._live_file.columns["live"]
            if len(self.live) != entry.n_docs:
                raise IndexCorrupt(self._live_file.path, "it is not of this segment")
        self._roots = ColumnFile(directory / entry.roots) if entry.roots else None
        self._fields: dict[str, Lists] = {}
        self._lengths: dict[str, Any] = {}

    def field_columns(self, name: str) -> dict[str, memoryview]:
        """The columns of a field by their names within it."""
        return {part: self.columns[f"{name}.{part}"] for part in FIELD_COLUMNS}

    def field(self, name: str) -> Lists:
        """The terms and postings of a field."""
        lists = self._fields.get(name)
        if lists is None:
            try:
                lists = Lists(self.n_docs, self.field_columns(name))
            except (KeyError, ValueError) as error:
                raise IndexCorrupt(self.path, f"the columns of {name} do not fit") from error
            self._fields[name] = lists
        return lists

    # ---- documents -------------------------------------------------------------------

    def id(self, doc: int) -> str:
        """The article id of a document."""
        at = self._id_at
        try:
            return str(self._ids[at[doc] : at[doc + 1]], "utf-8")
        except (IndexError, ValueError) as error:
            raise IndexCorrupt(self.path, "an id cannot be read") from error

    @_reads("ids")
    def doc_of(self, article_id: str, live: bytearray | None = None) -> int | None:
        """The live document of an article, or None; ``live`` is a writer's newer knowledge."""
        wanted = id_hash(article_id)
        hashes = self.columns["id_hashes"]
        at = bisect_left(hashes, wanted)
        docs = self.columns["id_docs"]
        alive = self.live if live is None else live
        # Several documents of one segment may carry an id: all but one are deleted.
        while at < len(hashes) and hashes[at] == wanted:
            doc: int = docs[at]
            if (alive is None or alive[doc]) and self.id(doc) == article_id:
                return doc
            at += 1
        return None

    def docs(self) -> Iterator[int]:
        """The live documents, ascending."""
        if self.live is None:
            return iter(range(self.n_docs))
        return (doc for doc in range(self.n_docs) if self.live[doc])

    @cached_property
    def _zdict(self) -> Any:
        import zstandard

        return zstandard.ZstdCompressionDict(self._dictionary)

    @_reads("a stored article")
    def parts(self, docs: Sequence[int]) -> list[tuple[bytes, str]]:
        """Stored articles as (JSON of all but the body, body)."""
        import zstandard

        at, stored = self.columns["stored_at"], self.columns["stored"]
        frames = [stored[at[doc] : at[doc + 1]] for doc in docs]
        if any(zstandard.frame_content_size(frame) > MAX_ARTICLE_BYTES for frame in frames):
            raise IndexCorrupt(self.path, "a stored article claims an impossible size")
        # A decompressor is not thread safe, and making one reads the dictionary's tables.
        try:
            decompressor = self._decompressors.pop()
        except IndexError:
            decompressor = zstandard.ZstdDecompressor(dict_data=self._zdict)
        decompress = decompressor.decompress
        parts = []
        for frame in frames:
            head, _, body = decompress(frame).partition(b"\0")
            parts.append((head, body.decode()))
        self._decompressors.append(decompressor)
        return parts

    def shown(self, doc: int) -> Article:
        """The article's id and columns; the stored text is not touched."""
        columns = self.columns
        source, place, author, category = [
            self.keyword(field, columns[f"{field}.codes"][doc]) or None for field in KEYWORDS
        ]
        return Article(
            id=self.id(doc),
            published=self.published(doc),
            source=source,
            place=place,
            author=author,
            category=category,
        )

    def article(self, doc: int) -> Article:
        """The article as it was given to the writer."""
        (its,) = self.parts([doc])
        return self.parsed(*its)

    @_reads("a stored article")
    def parsed(self, head: bytes, body: str) -> Article:
        """The article of :meth:`parts`."""
        values = json.loads(head)
        if body:
            values["body"] = body
        return Article.from_dict(values)

    def lengths(self, field: str) -> Any:
        """The positions of each document in a field, as u32; widened once where they are not."""
        lengths = self._lengths.get(field)
        if lengths is None:
            lengths = self.columns[f"lengths.{field}"]
            if lengths.format != "I":
                lengths = array("I", lengths)
            self._lengths[field] = lengths
        return lengths

    @_reads("a date")
    def published(self, doc: int) -> datetime | None:
        """The moment of publication, aware."""
        seconds = self.columns["published"][doc]
        if seconds == NO_DATE:
            return None
        zone = timezone(timedelta(minutes=self.columns["offsets"][doc]))
        return datetime.fromtimestamp(seconds, zone)

    @_reads("a value")
    def keyword(self, field: str, number: int) -> str:
        """Value ``number`` of a keyword column; 0 is the empty one."""
        at = self.columns[f"{field}.value_at"]
        return bytes(self.columns[f"{field}.values"][at[number] : at[number + 1]]).decode()

    # ---- words -----------------------------------------------------------------------

    @cached_property
    def families(self) -> Families:
        """What is known of the terms of ``text``."""
        return self._words(Families, self.columns, self._roots and self._roots.columns)

    @cached_property
    def spellings(self) -> Spellings:
        """The terms of ``text`` by their pieces."""
        names = ("pieces.at", "pieces.terms", "text.terms", "text.term_at")
        return self._words(Spellings, *map(self.columns.get, names))

    def _words(self, kind: Callable[..., Words], *columns: Any) -> Words:
        try:
            return kind(self.field("text"), *columns)
        except (KeyError, TypeError, ValueError) as error:
            raise IndexCorrupt(self.path, "the columns of the words do not fit") from error

    @_reads("its acronyms")
    def acronyms(self) -> list[tuple[str, str, int]]:
        """(short, long, count) mined from the articles of this segment; a new list."""
        rows = json.loads(bytes(self.columns["acronyms"]) or b"[]")
        return [(str(short), str(long), int(count)) for short, long, count in rows]

    # ---- integrity -------------------------------------------------------------------

    def verify(self) -> None:
        """Raise IndexCorrupt if the segment's bytes are not those that were written."""
        wrong = self._file.check()
        if wrong:
            raise IndexCorrupt(self.path, wrong[0].removeprefix(f"{self.path.name}: "))

    def check(self) -> list[str]:
        """What is wrong with this segment's bytes and structure, one line each."""
        wrong = self._file.check()
        for extra in (self._live_file, self._roots):
            if extra is not None:
                wrong += extra.check()
        if wrong:
            return wrong
        for field in FIELDS:
            at = self.columns[f"{field}.row_at"]
            if at[len(at) - 1] != len(self.columns[f"{field}.impacts"]):
                wrong.append(f"{self.path.name}: postings of {field} do not add up")
        return wrong
