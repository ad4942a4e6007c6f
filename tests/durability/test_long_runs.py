"""Updating the same articles for years: the index stays small and answers like a new one."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from random import Random

import pytest

from searcher import Article, create_index, open_index
from searcher.index import manifest
from searcher.index.writer import Writer

from . import soak
from .model import Model, article, held


def _size(directory: Path) -> int:
    names = manifest.load(directory).files()
    return sum((directory / name).stat().st_size for name in names)


def _live_through(directory: Path, updates: int, n_ids: int, per_commit: int) -> dict[str, float]:
    """Update at random; compare with an index built at once from what is left."""
    rng = Random(4)
    model: Model = {}
    largest = segments = 0
    done = 0
    while done < updates:
        with Writer(directory / "old") as writer:
            for _ in range(per_commit):
                article_id = f"a{rng.randrange(n_ids)}"
                if rng.random() < 0.1:
                    model.pop(article_id, None)
                    writer.delete(article_id)
                else:
                    model[article_id] = rng.randrange(1_000_000)
                    writer.add(article(article_id, model[article_id]))
            done += per_commit
        largest = max(largest, _size(directory / "old"))
        segments = max(segments, len(manifest.load(directory / "old").segments))
    with Writer(directory / "new") as writer:
        for article_id, version in model.items():
            writer.add(article(article_id, version))
    assert held(directory / "old") == model
    old, new = open_index(directory / "old"), open_index(directory / "new")
    for query in (
        "umum",
        "harga beras",
        '"harga beras"',
        "har*",
        "kota AND NOT desa",
        "place:medan",
    ):
        answers = [
            {hit.id for hit in index.search(query, limit=n_ids, profile="plain")}
            for index in (old, new)
        ]
        assert answers[0] == answers[1], query
    return {
        "updates": done,
        "largest": largest,
        "size": _size(directory / "old"),
        "fresh": _size(directory / "new"),
        "segments": segments,
    }


def test_two_thousand_updates_of_fifty_articles(tmp_path):
    figures = _live_through(tmp_path, 2_000, 50, 80)
    assert figures["segments"] <= 8
    # Half of a segment may be deleted, and each file has a table of contents of its own.
    assert figures["largest"] < 12 * figures["fresh"]


@pytest.mark.slow
def test_many_thousand_updates_of_a_thousand_articles(tmp_path):
    """20,000 updates; SEARCHER_LONG=1: 100,000."""
    updates = 100_000 if os.environ.get("SEARCHER_LONG") else 20_000
    figures = _live_through(tmp_path, updates, 1_000, 200)
    print(figures)
    assert figures["segments"] <= 16
    assert figures["largest"] < 4 * figures["fresh"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files")
def test_a_version_that_nobody_needs_is_let_go_at_once(tmp_path):
    """Without the garbage collector: a process may meet thousands of commits before it comes."""
    index = create_index(tmp_path)

    def ask() -> None:
        for query in ("beras", '"harga beras"', "har*", "berass", "harga AND NOT beras"):
            results = index.search(query, facets=("source",))
            assert len([hit.snippet for hit in results]) <= results.total
        index.get("a")

    open_files = []
    gc.collect()
    gc.disable()
    try:
        for number in range(6):
            with index.writer() as writer:
                writer.add(Article(id="a", body=f"harga beras versi {number}"))
            ask()
            open_files.append(len(os.listdir("/proc/self/fd")))
    finally:
        gc.enable()
    assert open_files[-1] == open_files[0]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads private memory")
def test_hours_of_searching_and_writing_take_no_more_memory(tmp_path):
    """Half a minute; SEARCHER_SOAK=7200 makes it two hours, at a tenth of a core."""
    seconds = float(os.environ.get("SEARCHER_SOAK", "0"))
    figures = soak.main(tmp_path, seconds or 30.0, 0.05 if seconds else 0.4)
    print(figures)
    assert figures["answers"] > 100
    for what in ("reader_kib", "writer_kib"):
        then, now = figures[f"{what} then and now"]
        assert now < 1.15 * then + 2048, what
    for what in ("reader_files", "writer_files", "files", "segments"):
        then, now = figures[f"{what} then and now"]
        assert now <= then + 12, what
    then, now = figures["index_bytes then and now"]
    assert now < 2 * then
