"""What an index is, byte by byte. Read this first.

An index is a directory::

    manifest.json            the one file that says what belongs to the index (manifest.py)
    lock                     held by the process that writes
    segment-<n>.seg          one immutable set of documents, below
    segment-<n>.roots-<f>    its word families under the root rules with fingerprint f
    segment-<n>.live-<g>     one byte a document, 0 where deleted, as of generation g
    text-<n>.zdict           what the stored articles of all segments were compressed with
    catalogue-<g>.json.zst   the files the articles came from (ingest's, kept for it)

**A column file** (a segment, a roots file) is: an 8-byte magic and a 4-byte format
version; columns, each starting at a multiple of 64 with zero bytes between; a table of
contents as JSON (``{"header": …, "columns": [[name, dtype, offset, bytes, crc32], …]}``);
and 24 bytes of footer: where that table starts, its length, its crc32, the version again.
All numbers are little-endian. Readers map the file and use the columns in place.

**Columns of a segment.** ``n`` documents, cut into blocks of 256. For each field F of
``article.FIELDS``:

======================  =====  ==========================================================
``F.terms``             u8     the terms in UTF-8, sorted by bytes, without separators
``F.term_at``           u32    where each term starts in ``terms``; one more than terms
``F.list_at``           u32    of each term: where its postings start in ``sparse``, or, with
                               the highest bit set, its row of the block tables
``F.sparse``            u8     lists of few documents, below
``F.row_at``            u64    blocked terms: start of each row in ``lows`` and ``impacts``; one
                               more than rows
``F.lows``              u8     of each posting: document number modulo 256
``F.impacts``           u8     ... and round(255 tf / (tf + norm)), at least 1
``F.row_positions``     u64    start of each row in ``positions``; one more
``F.positions``         u8     the positions of each posting, below
``F.first_base``        u32    per row and 64 blocks: number of the first posting in them
``F.first_low``         u16    per row and block, and one more: ... in the block, less that base
``F.block_max``         u8     per row and block: the highest impact, 0 without a posting
``F.block_position``    u32    per row and two blocks: where their positions start in the row
``F.tops``              u8     each row's tenth highest impact; 0 with fewer than ten
======================  =====  ==========================================================

A term is blocked when it has on average at least two postings a block. ``norm`` is
``k1 (1 - b + b dl / pivot)`` with the k1, b and pivot (average length) of the header.

*Positions of a posting*: the first position, then differences. All bytes of a number but
the last hold 7 bits and have the highest bit set; the last holds 6, and its second highest
bit closes the posting. So a posting's end, and its frequency, can be seen without a length.

*A sparse list*: how many documents, the first one (both 7 bits a byte, high bit set on all
but the last); the impacts; the differences of the documents as u16, 0xFFFF before a u32;
the positions.

======================  =====  ==========================================================
``text.capitals``       u8     of each term: uses in mid-sentence with a capital
``text.mids``           u8     ... uses in mid-sentence; 255 in either where there are as many or
                               more: ``K.large`` (u32) of term ``K.large_at`` (u32, ascending)
``pieces.at``           u32    the terms of ``text`` by their five-letter pieces, for finding near
``pieces.terms``        u8     spellings: those with a piece in bucket b (``kernels.spelling``)
                               are ``pieces.terms[at[b]:at[b + 1]]``, ascending, each number the
                               difference from the one before, 7 bits a byte, the first from -1
``lengths.F``           u32    positions of each document in text and title; of the other
                               fields u8 or u16 where that holds them
``ids``, ``id_at``      u8,u32 article ids in UTF-8, and where each starts; one more
``id_hashes``           u32    hashes of the ids, ascending; ``id_docs`` (u32) beside them
``digests``             u64    ``Article.digest`` of each document
``published``           i64    seconds since 1970 UTC; ``NO_DATE`` without a date
``offsets``             i16    minutes east of UTC of that moment
``by_date``             u32    the documents, newest first, those without a date last
``K.codes``             u8-u32 K in source, place, author, category: number of the value
``K.values``            u8     the distinct values, UTF-8; number 0 is the empty one
``K.value_at``          u32    where each value starts; one more
``stored``              u8     one zstd frame a document: JSON without body, NUL, body; text-<n>
                               is its dictionary, a trained one where there was enough
``stored_at``           u32    where each starts; one more; u64 where that is too little
``acronyms``            u8     JSON: [[short, long, count], …] mined from the segment
======================  =====  ==========================================================

**Columns of a roots file**, on the terms of ``text``:

======================  =====  ==========================================================
``roots``               u8     the roots that are not their only form, in UTF-8, sorted by bytes
``root_at``             u32    where each starts; one more
``forms``               u32    the terms of root r: ``forms[form_at[r]:form_at[r + 1]]``
``form_at``             u32
``members``             u32    the same terms, ascending, and beside them
``member_roots``        u32    the number of the root of each; any other term is its own root
======================  =====  ==========================================================

History of ``FORMAT_VERSION``:

1. the first.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from searcher.errors import IndexCorrupt, IndexVersion

FORMAT_VERSION = 1
MAGIC = b"SEARCHER"
#: ``published`` of a document without a date: sorts before every date.
NO_DATE = -(2**62)

_HEAD = struct.Struct("<8sI")
_FOOT = struct.Struct("<QQII")
_ALIGN = 64
#: NumPy names eight bytes after the C type, which has four on other systems.
_FORMATS = {("L", 8): "Q", ("l", 8): "q", ("L", 4): "I", ("l", 4): "i"}

#: The columns of one field, without its name.
FIELD_COLUMNS = (
    "terms", "term_at", "list_at", "sparse", "row_at", "lows", "impacts", "row_positions",
    "positions", "first_base", "first_low", "block_max", "block_position", "tops",
)  # fmt: skip


def write_columns(path: Path, header: Mapping[str, Any], columns: Mapping[str, Any]) -> int:
    """Write a column file and make it durable; returns its size in bytes.

    ``columns`` maps names to buffers whose format is one of ``BHIQbhiq``, or to lists of
    byte buffers that follow each other: what is copied from mapped files need not be in memory.
    """
    toc: list[list[Any]] = []
    with open(path, "wb") as file:
        at = file.write(_HEAD.pack(MAGIC, FORMAT_VERSION))
        for name, buffer in columns.items():
            pieces = buffer if isinstance(buffer, list) else [buffer]
            at += file.write(bytes(-at % _ALIGN))
            start, crc, dtype = at, 0, "B"
            for piece in pieces:
                view = memoryview(piece)
                dtype = _FORMATS.get((view.format, view.itemsize), view.format)
                raw = view.cast("B") if view.nbytes else memoryview(b"")
                crc = crc32(raw, crc)
                at += file.write(raw)
            toc.append([name, dtype, start, at - start, crc])
        table = json.dumps({"header": dict(header), "columns": toc}).encode()
        file.write(table)
        file.write(_FOOT.pack(at, len(table), crc32(table), FORMAT_VERSION))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


class ColumnFile:
    """A mapped column file: ``header`` and ``columns`` (memoryviews), nothing copied.

    Raises ``IndexVersion`` or ``IndexCorrupt`` when the frame is not what was written;
    the columns' own checksums are compared by :meth:`check` alone, which reads them all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with open(path, "rb") as file:
            self.size = os.fstat(file.fileno()).st_size
            if self.size < _HEAD.size + _FOOT.size:
                raise IndexCorrupt(path, f"only {self.size} bytes long")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        view = memoryview(self._map)
        magic, version = _HEAD.unpack_from(view, 0)
        if magic != MAGIC:
            raise IndexCorrupt(path, "it does not start as an index file does")
        at, length, crc, again = _FOOT.unpack_from(view, self.size - _FOOT.size)
        if again == version != FORMAT_VERSION:
            raise IndexVersion(path, version, str(FORMAT_VERSION))
        if again != version or at + length + _FOOT.size != self.size:
            raise IndexCorrupt(path, "its table of contents is not where it should be")
        table = view[at : at + length]
        if crc32(table) != crc:
            raise IndexCorrupt(path, "its table of contents has changed")
        self.columns: dict[str, memoryview] = {}
        self._toc: list[tuple[str, int, int, int]] = []
        try:
            toc = json.loads(bytes(table))
            self.header: dict[str, Any] = toc["header"]
            for name, dtype, start, nbytes, column_crc in toc["columns"]:
                self.columns[name] = view[start : start + nbytes].cast(dtype)
                self._toc.append((name, start, nbytes, column_crc))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise IndexCorrupt(path, "its table of contents is none") from None
        self._end = at

    def check(self) -> list[str]:
        """What is wrong with the bytes of this file, one line each; empty when sound."""
        wrong = []
        view = memoryview(self._map)
        at = _HEAD.size
        for name, start, nbytes, crc in self._toc:
            if any(view[at:start]):
                wrong.append(f"{self.path.name}: the padding before {name} has changed")
            if crc32(view[start : start + nbytes]) != crc:
                wrong.append(f"{self.path.name}: column {name} has changed")
            at = start + nbytes
        if at != self._end:
            wrong.append(f"{self.path.name}: {self._end - at} bytes belong to no column")
        return wrong
