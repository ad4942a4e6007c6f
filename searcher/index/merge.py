"""Several segments to one, without what was deleted.

The other way to make a segment is ``batch``; what both have in common is in ``build``.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from searcher.article import FIELDS
from searcher.index import build
from searcher.index.layout import write_columns
from searcher.index.segment import KEYWORDS, Segment
from searcher.kernels.columns import norms
from searcher.kernels.spelling import by_piece
from searcher.kernels.writing import GONE, ListWriter

#: Bytes of a column that a merge holds before they go to a file.
SPILLED = 2 << 20


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
        lengths = array("I", gather(f"lengths.{field}", np.uint32).tobytes())
        columns.update(build.length_column(field, lengths))
        writer = ListWriter(
            norms(lengths, k1, b, pivots[field]),
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
        columns.update(
            build.prefixed(field, {"terms": terms, "term_at": term_at, **writer.columns()})
        )
        if field == "text":
            for name in ("text.capitals", "text.mids"):
                sums = np.zeros(len(term_at), dtype=np.uint32)  # the last for terms not kept
                for segment, numbers in zip(segments, held, strict=True):
                    places = np.minimum(np.frombuffer(numbers, dtype=np.uint32), len(term_at) - 1)
                    sums[places] += _counts(segment.columns, name)
                columns.update(build.count_columns(name, sums[:-1]))
            columns.update(
                build.prefixed("pieces", by_piece(columns["text.terms"], columns["text.term_at"]))
            )
    published = gather("published", np.int64)
    columns.update(_id_columns(segments, kept))
    columns["digests"] = gather("digests", np.uint64)
    columns["published"] = published
    columns["offsets"] = gather("offsets", np.int16)
    columns["by_date"] = np.argsort(-published, kind="stable").astype(np.uint32)
    for field in KEYWORDS:
        columns.update(build.prefixed(field, _merged_keywords(segments, kept, field)))
    sizes = [np.diff(np.asarray(segment.columns["stored_at"])) for segment in segments]
    columns["stored_at"] = _starts(
        np.concatenate([its[keep] for its, keep in zip(sizes, kept, strict=True)])
    )
    columns["stored"] = [
        piece
        for segment, keep in zip(segments, kept, strict=True)
        for piece in _runs(segment.columns["stored"], segment.columns["stored_at"], keep)
    ]
    columns["acronyms"] = build.merge_acronyms(segment.acronyms() for segment in segments)
    header = {"n_docs": n_docs, "k1": k1, "b": b, "pivots": dict(pivots)}
    return n_docs, write_columns(path, header, columns)


def _starts(sizes: Any) -> Any:
    """What ``build.starts`` makes of as many sizes, in an array."""
    at = np.zeros(len(sizes) + 1, dtype=np.uint64)
    np.cumsum(sizes, out=at[1:])
    return at if at[-1] >> np.uint64(32) else at.astype(np.uint32)


def _runs(data: memoryview, at: Any, keep: Any) -> Iterator[memoryview]:
    """The pieces of ``data`` that are kept, neighbours together."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.astype(np.int8), [0]))))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield data[at[start] : at[end]]


def _id_columns(segments: Sequence[Segment], kept: Sequence[Any]) -> dict[str, Any]:
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


def _merged_keywords(
    segments: Sequence[Segment], kept: Sequence[Any], field: str
) -> dict[str, Any]:
    """``codes``, ``values`` and ``value_at`` of merged segments: only values still used."""
    used = []
    for segment, keep in zip(segments, kept, strict=True):
        codes = np.asarray(segment.columns[f"{field}.codes"])[keep]
        present = np.unique(codes)
        used.append((codes, present, [segment.keyword(field, int(code)) for code in present]))
    columns = build.keyword_columns([value for _, _, values in used for value in values])
    numbers = np.asarray(columns["codes"])
    out, at = [], 0
    for codes, present, values in used:
        table = np.zeros(int(present[-1]) + 1 if len(present) else 1, dtype=numbers.dtype)
        table[present] = numbers[at : at + len(values)]
        at += len(values)
        out.append(table[codes])
    return {**columns, "codes": np.concatenate(out)}


def _counts(columns: Mapping[str, Any], name: str) -> Any:
    """What ``build.count_columns`` was given: uint32, shape (n_terms,)."""
    values = np.asarray(columns[name]).astype(np.uint32)
    values[np.asarray(columns[f"{name}.large_at"])] = columns[f"{name}.large"]
    return values
