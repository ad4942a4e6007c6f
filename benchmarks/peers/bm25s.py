"""bm25s, its NumPy backend with memory-mapped arrays. It ranks words, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from benchmarks.articles import Row
from benchmarks.queries import Query

_WORD = re.compile(r"\w+")


def version() -> str:
    return str(bm25s.__version__)


def write(directory: Path, articles: Iterable[Row], workers: int) -> None:
    # Its index cannot be added to: neither rows nor statistics.
    if workers > 1 or directory.exists():
        raise NotImplementedError
    names, dates, texts, known = [], [], [], {}
    for row in articles:
        names.append(row.id)
        dates.append(row.date)
        texts.append([known.setdefault(w, len(known)) for w in _WORD.findall(row.body.lower())])
    index = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    index.index((texts, known), show_progress=False)
    index.save(str(directory), show_progress=False)
    np.save(directory / "dates.npy", np.array(dates, dtype=np.int32))
    (directory / "ids.txt").write_text("\n".join(names), encoding="utf-8")


def open_index(directory: Path) -> Any:
    index = bm25s.BM25.load(str(directory), mmap=True)
    index.names = (directory / "ids.txt").read_text(encoding="utf-8").split("\n")
    index.dates = np.load(directory / "dates.npy")
    return index


def search(index: Any, asked: Query) -> list[tuple[int, str]]:
    if asked.kind not in ("term", "or", "date_or"):
        raise NotImplementedError
    mask = None
    if asked.kind == "date_or":
        mask = ((index.dates >= asked.since) & (index.dates <= asked.until)).astype(np.float32)
    k = min(10, len(index.names))
    docs, scores = index.retrieve([list(asked.words)], k=k, show_progress=False, weight_mask=mask)
    return [(int(n), "") for n, score in zip(docs[0], scores[0], strict=True) if score > 0]


def ids(index: Any, hits: list[tuple[int, str]]) -> list[tuple[str, str]]:
    return [(index.names[n], snippet) for n, snippet in hits]
