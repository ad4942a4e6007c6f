"""Articles and postings to the columns of one segment.

A batch of articles in memory becomes a segment here, and so do several segments that
are merged; both ways end in :func:`document_columns` and a ``ListWriter`` per field.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from searcher.article import FIELDS
from searcher.index.layout import NO_DATE, write_columns
from searcher.index.segment import KEYWORDS, Segment, id_hashes
from searcher.kernels.spelling import by_piece
from searcher.kernels.writing import GONE, ListWriter

#: One zstd level for all stored articles: three times as fast as 6 for 8 % more bytes.
LEVEL = 4
#: Bytes of a column that a merge holds before they go to a file.
SPILLED = 2 << 20


def norms(lengths: Any, k1: float, b: float, pivot: float) -> Any:
    """The length norms ``k1 (1 - b + b dl / pivot)`` that saturate term frequencies.

    ``lengths`` in positions, shape (n_docs,); returns doubles of that shape. BM25 as in
    Robertson and Zaragoza 2009, with the document length relative to ``pivot``.
    """
    dl = np.frombuffer(lengths, dtype=np.uint32).astype(np.float64) if len(lengths) else np.zeros(0)
    return array("d", (k1 * (1.0 - b + b * dl / max(pivot, 1e-9))).tobytes())


def term_columns(terms: Sequence[bytes]) -> dict[str, Any]:
    """``terms`` and ``term_at`` of terms given in sorted order."""
    at = np.zeros(len(terms) + 1, dtype=np.uint32)
    np.cumsum([len(term) for term in terms], out=at[1:])
    return {"terms": b"".join(terms), "term_at": array("I", at.tobytes())}


def prefixed(field: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns under their names in a segment."""
    return {f"{field}.{name}": column for name, column in columns.items()}


def document_columns(
    ids: Sequence[str],
    digests: Any,
    published: Any,
    offsets: Any,
    keywords: Mapping[str, Sequence[str]],
    stored: Sequence[Any],
) -> dict[str, Any]:
    """The columns with one value a document, from values in document order."""
    encoded = [article_id.encode("utf-8", "replace") for article_id in ids]
    id_at = np.zeros(len(ids) + 1, dtype=np.uint32)
    np.cumsum([len(e) for e in encoded], out=id_at[1:])
    hashes = np.frombuffer(id_hashes(encoded), dtype="<u4").astype(np.uint32)
    order = np.argsort(hashes, kind="stable").astype(np.uint32)
    columns: dict[str, Any] = {
        "ids": b"".join(encoded),
        "id_at": id_at,
        "id_hashes": hashes[order],
        "id_docs": order,
        "digests": np.asarray(digests, dtype=np.uint64),
        "published": np.asarray(published, dtype=np.int64),
        "offsets": np.asarray(offsets, dtype=np.int16),
        "by_date": _newest_first(published),
    }
    for field in KEYWORDS:
        columns.update(prefixed(field, keyword_columns(keywords[field])))
    columns["stored_at"] = _starts([len(frame) for frame in stored])
    columns["stored"] = list(stored)
    return columns


def _newest_first(published: Any) -> Any:
    """All documents, newest first, equal moments in order, those without a date last."""
    return np.argsort(-np.asarray(published, dtype=np.int64), kind="stable").astype(np.uint32)


def keyword_columns(values: Sequence[str]) -> dict[str, Any]:
    """``codes``, ``values`` and ``value_at`` of one string a document; "" is number 0."""
    distinct = ["", *sorted(set(values) - {""})]
    numbers = {value: number for number, value in enumerate(distinct)}
    encoded = [value.encode("utf-8", "replace") for value in distinct]
    at = np.zeros(len(distinct) + 1, dtype=np.uint32)
    np.cumsum([len(e) for e in encoded], out=at[1:])
    width = np.uint8 if len(distinct) <= 256 else np.uint16 if len(distinct) <= 65536 else np.uint32
    codes = np.fromiter((numbers[value] for value in values), dtype=width, count=len(values))
    return {"codes": codes, "values": b"".join(encoded), "value_at": at}


def merge(
    path: Path,
    segments: Sequence[Segment],
    live: Sequence[Any],
    k1: float,
    b: float,
    pivots: Mapping[str, float],
) -> tuple[int, int]:
    """Write the live documents of several segments as one; returns (documents, bytes).

    Documents keep their order, segment after segment. ``live`` holds for each segment one
    byte a document, or None when none is deleted. The segments must share a dictionary.
    ``pivots`` are the average lengths in the whole index that the norms shall refer to.
    """
    renumber: list[Any] = []
    kept: list[Any] = []
    n_docs = 0
    for segment, alive in zip(segments, live, strict=True):
        keep = (
            np.ones(segment.n_docs, dtype=bool)
            if alive is None
            else np.frombuffer(alive, dtype=np.uint8) != 0
        )
        numbers = np.full(segment.n_docs, GONE, dtype=np.uint32)
        numbers[keep] = np.arange(n_docs, n_docs + int(keep.sum()), dtype=np.uint32)
        n_docs += int(keep.sum())
        renumber.append(array("I", numbers.tobytes()))
        kept.append(keep)

    def gather(name: str, dtype: Any) -> Any:
        parts = [
            np.asarray(s.columns[name]).astype(dtype)[keep]
            for s, keep in zip(segments, kept, strict=True)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)

    columns: dict[str, Any] = {}
    for field in FIELDS:
        lengths = gather(f"lengths.{field}", np.uint32)
        columns.update(length_column(field, lengths))
        writer = ListWriter(
            norms(lengths.tobytes(), k1, b, pivots[field]),
            # Without a name, so that nothing of it stays whatever happens.
            spill=lambda: TemporaryFile(dir=path.parent),  # noqa: SIM115
            chunk=SPILLED,
        )
        terms, term_at, held = writer.merge(
            [
                (segment.n_docs, segment.field_columns(field), numbers)
                for segment, numbers in zip(segments, renumber, strict=True)
            ]
        )
        columns.update(prefixed(field, {"terms": terms, "term_at": term_at, **writer.columns()}))
        if field == "text":
            for name in ("text.capitals", "text.mids"):
                sums = np.zeros(len(term_at), dtype=np.uint32)  # the last for terms not kept
                for segment, numbers in zip(segments, held, strict=True):
                    places = np.minimum(np.frombuffer(numbers, dtype=np.uint32), len(term_at) - 1)
                    sums[places] += counts(segment.columns, name)
                columns.update(count_columns(name, sums[:-1]))
            columns.update(
                prefixed("pieces", by_piece(columns["text.terms"], columns["text.term_at"]))
            )
    published = gather("published", np.int64)
    columns.update(id_columns(segments, kept))
    columns["digests"] = gather("digests", np.uint64)
    columns["published"] = published
    columns["offsets"] = gather("offsets", np.int16)
    columns["by_date"] = _newest_first(published)
    for field in KEYWORDS:
        columns.update(prefixed(field, merged_keywords(segments, kept, field)))
    sizes = [np.diff(np.asarray(segment.columns["stored_at"])) for segment in segments]
    columns["stored_at"] = _starts(
        np.concatenate([its[keep] for its, keep in zip(sizes, kept, strict=True)])
    )
    columns["stored"] = [
        piece
        for segment, keep in zip(segments, kept, strict=True)
        for piece in _runs(segment.columns["stored"], segment.columns["stored_at"], keep)
    ]
    columns["acronyms"] = merge_acronyms(segment.acronyms() for segment in segments)
    header = {"n_docs": n_docs, "k1": k1, "b": b, "pivots": dict(pivots)}
    return n_docs, write_columns(path, header, columns)


def _starts(sizes: Any) -> Any:
    """Where pieces of these sizes start, one after the other; one more than pieces.

    uint32, or uint64 where four gigabytes are not enough.
    """
    at = np.zeros(len(sizes) + 1, dtype=np.uint64)
    np.cumsum(sizes, out=at[1:])
    return at if at[-1] >> np.uint64(32) else at.astype(np.uint32)


def _runs(data: memoryview, at: Any, keep: Any) -> Iterator[memoryview]:
    """The pieces of ``data`` that are kept, neighbours together."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.astype(np.int8), [0]))))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield data[at[start] : at[end]]


def id_columns(segments: Sequence[Segment], kept: Sequence[Any]) -> dict[str, Any]:
    """``ids``, ``id_at``, ``id_hashes`` and ``id_docs`` of merged segments."""
    pieces: list[memoryview] = []
    sizes, hashes = [], []
    for segment, keep in zip(segments, kept, strict=True):
        columns = segment.columns
        pieces += _runs(columns["ids"], columns["id_at"], keep)
        sizes.append(np.diff(np.asarray(columns["id_at"]))[keep])
        its = np.zeros(segment.n_docs, dtype=np.uint32)
        its[np.asarray(columns["id_docs"])] = np.asarray(columns["id_hashes"])
        hashes.append(its[keep])
    together = np.concatenate(hashes)
    order = np.argsort(together, kind="stable").astype(np.uint32)
    return {
        "ids": pieces,
        "id_at": _starts(np.concatenate(sizes)),
        "id_hashes": together[order],
        "id_docs": order,
    }


def merged_keywords(segments: Sequence[Segment], kept: Sequence[Any], field: str) -> dict[str, Any]:
    """``codes``, ``values`` and ``value_at`` of merged segments: only values still used."""
    used = []
    for segment, keep in zip(segments, kept, strict=True):
        codes = np.asarray(segment.columns[f"{field}.codes"])[keep]
        present = np.unique(codes)
        used.append((codes, present, [segment.keyword(field, int(code)) for code in present]))
    columns = keyword_columns([value for _, _, values in used for value in values])
    numbers = columns["codes"]
    out, at = [], 0
    for codes, present, values in used:
        table = np.zeros(int(present[-1]) + 1 if len(present) else 1, dtype=numbers.dtype)
        table[present] = numbers[at : at + len(values)]
        at += len(values)
        out.append(table[codes])
    return {**columns, "codes": np.concatenate(out)}


def count_columns(name: str, counts: Any) -> dict[str, Any]:
    """A small count a term in a byte, and the large ones beside them: uint32, shape (n_terms,)."""
    large = np.flatnonzero(counts >= 255).astype(np.uint32)
    return {
        name: np.minimum(counts, 255).astype(np.uint8),
        f"{name}.large_at": large,
        f"{name}.large": counts[large].astype(np.uint32),
    }


def counts(columns: Mapping[str, Any], name: str) -> Any:
    """What :func:`count_columns` was given."""
    values = np.asarray(columns[name]).astype(np.uint32)
    values[np.asarray(columns[f"{name}.large_at"])] = columns[f"{name}.large"]
    return values


def narrow(values: Any) -> Any:
    """The same numbers in as few bytes each as hold them: uint8, uint16 or uint32."""
    values = np.asarray(values, dtype=np.uint32)
    return values.astype(np.min_scalar_type(int(values.max()) if len(values) else 0))


def length_column(field: str, lengths: Any) -> dict[str, Any]:
    """The positions of each document in a field; those of text and title as kernels read them."""
    return {f"lengths.{field}": lengths if field in ("text", "title") else narrow(lengths)}


def merge_acronyms(parts: Iterable[Iterable[tuple[str, str, int]]]) -> bytes:
    """Sum the counts of mined acronyms; the result is the JSON of a segment's column."""
    import json

    counts: dict[tuple[str, str], int] = {}
    for part in parts:
        for short, long, count in part:
            counts[short, long] = counts.get((short, long), 0) + count
    rows = [[short, long, count] for (short, long), count in sorted(counts.items())]
    return json.dumps(rows, ensure_ascii=False).encode()


def roots_columns(terms: Iterable[str], root: Callable[[str], str]) -> dict[str, Any]:
    """The columns of a roots file: which terms have which root.

    ``roots`` and ``root_at`` hold the roots in sorted order, the terms of root ``r`` (itself
    left out) are ``forms[form_at[r]:form_at[r + 1]]``; ``members`` are all of them,
    ascending, with the number of each one's root in ``member_roots``.
    """
    families: dict[str, list[int]] = {}
    for number, term in enumerate(terms):
        its = root(term)
        if its != term:
            families.setdefault(its, []).append(number)
    ordered = sorted(families, key=str.encode)
    form_at = np.zeros(len(ordered) + 1, dtype=np.uint32)
    for number, its in enumerate(ordered):
        members = families[its]
        form_at[number + 1] = form_at[number] + len(members)
    forms = np.array([n for its in ordered for n in families[its]], dtype=np.uint32)
    order = np.argsort(forms, kind="stable")
    owners = np.repeat(np.arange(len(ordered), dtype=np.uint32), np.diff(form_at))
    encoded = term_columns([its.encode() for its in ordered])
    return {
        "members": forms[order],
        "member_roots": owners[order],
        "roots": encoded["terms"],
        "root_at": encoded["term_at"],
        "form_at": form_at,
        "forms": forms,
    }


def utc(published: datetime | None) -> tuple[int, int]:
    """(seconds since 1970 UTC, minutes east) of a datetime; without a zone it is WIB.

    Six in ten Indonesians live in that zone and nearly all national desks print it.
    """
    if published is None:
        return NO_DATE, 0
    days = published.toordinal() - _EPOCH
    seconds = 86400 * days + 3600 * published.hour + 60 * published.minute + published.second
    zone = published.utcoffset()
    if zone is None:
        return seconds - _WIB, _WIB // 60
    east = zone.days * 86400 + zone.seconds
    # A zone's fraction of a second may be more than the time's.
    return seconds - east - (zone.microseconds > published.microsecond), east // 60


#: The day 1970-01-01, and WIB in seconds east of UTC.
_EPOCH, _WIB = datetime(1970, 1, 1).toordinal(), 7 * 3600
