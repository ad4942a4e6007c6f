"""Updating the same articles for years: the index stays small and answers like a new one."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from searcher import open_index
from searcher.index import manifest
from searcher.index.writer import Writer

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
