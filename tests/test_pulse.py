"""Readers see commits by the pulse, and without it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from searcher import Article, create_index
from searcher.backends import embedded
from searcher.index import pulse


def put(directory: Path, *ids: str) -> None:
    with create_index(directory).writer() as writer:
        for article_id in ids:
            writer.add(Article(id=article_id, title="Beras", body="Harga beras naik."))


def found(index: embedded.Index) -> list[str]:
    return sorted(hit.id for hit in index.search("beras"))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each look at the manifest from outside."""
    seen: list[str] = []
    stamp = embedded._stamp
    monkeypatch.setattr(embedded, "_stamp", lambda path: seen.append(path) or stamp(path))
    return seen


def test_a_commit_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BELIEVED", 1e9)  # by nothing but the pulse
    put(tmp_path, "a1")
    index = create_index(tmp_path)
    for n in range(2, 11):
        put(tmp_path, f"a{n}")
        assert len(found(index)) == n
        assert len(found(index)) == n


def test_a_still_index_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    monkeypatch.setattr(pulse, "BELIEVED", 1e9)
    put(tmp_path, "a1")
    index = create_index(tmp_path)
    found(index)
    looks.clear()
    for _ in range(5):
        found(index)
    assert looks == []


@pytest.mark.parametrize("what", ["absent", "empty", "a directory"])
def test_without_a_pulse_every_search_looks(tmp_path: Path, looks: list[str], what: str) -> None:
    put(tmp_path, "a1")
    (tmp_path / pulse.NAME).unlink()
    if what == "empty":
        (tmp_path / pulse.NAME).write_bytes(b"")
    if what == "a directory":
        (tmp_path / pulse.NAME).mkdir()
    index = create_index(tmp_path)
    assert found(index) == ["a1"]
    looks.clear()
    found(index)
    found(index)
    assert len(looks) == 2


def test_an_index_put_in_the_place_of_another_is_seen_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody beats the pulse that the reader has mapped; it looks after ``BELIEVED``."""
    clock = [0.0]
    monkeypatch.setattr(pulse, "monotonic", lambda: clock[0])
    put(tmp_path / "index", "a1")
    put(tmp_path / "other", "b1", "b2")
    index = create_index(tmp_path / "index")
    assert found(index) == ["a1"]
    os.rename(tmp_path / "index", tmp_path / "old")
    os.rename(tmp_path / "other", tmp_path / "index")
    clock[0] += 1.01 * pulse.BELIEVED
    assert found(index) == ["b1", "b2"]
    put(tmp_path / "index", "b3")
    assert found(index) == ["b1", "b2", "b3"]
    shutil.rmtree(tmp_path / "old")


def test_a_writer_that_cannot_beat_commits_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, "a1")
    (tmp_path / pulse.NAME).unlink()
    (tmp_path / pulse.NAME).mkdir()
    put(tmp_path, "a2")
    assert found(create_index(tmp_path)) == ["a1", "a2"]
