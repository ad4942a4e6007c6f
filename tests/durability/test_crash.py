"""A writer may die at any instant, or its disk fail at any call: nothing committed is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import searcher
from searcher.errors import IndexNotWritten
from searcher.index import writer as writing
from searcher.index.writer import Writer

from .faults import Disk
from .model import Model, article, change, held, leftovers


def _kill(directory: Path, kills: int, seed: int, workers: int = 1) -> dict[str, float]:
    root = str(Path(searcher.__file__).parents[1])
    run = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("killing.py")),
            directory,
            str(kills),
            str(seed),
            str(workers),
        ],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": root, "PATH": ""},
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == "", "who outlives a killed writer has nothing to say"
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked writer")
def test_a_killed_writer_leaves_the_old_state_or_the_new(tmp_path):
    figures = _kill(tmp_path, 20, 1)
    assert figures["kills"] == 20
    assert figures["leftovers"] > 0, "no kill left anything to sweep: they come too early"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked writer")
def test_five_hundred_kills_lose_nothing(tmp_path):
    figures = _kill(tmp_path, 500, 2)
    print(figures)
    assert figures["kills"] == 500
    assert figures["in a commit"] > 50


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked writer")
def test_a_writer_killed_while_workers_write_loses_nothing(tmp_path):
    figures = _kill(tmp_path, 60, 3, workers=2)
    assert figures["kills"] == 60
    assert figures["in a commit"] > 10


@pytest.fixture
def base(tmp_path, monkeypatch) -> tuple[Path, Model]:
    """A small index about to be merged, with a catalogue."""
    monkeypatch.setattr(writing, "MERGE_AT", 3)
    model: Model = {}
    rng = Random(5)
    for _ in range(2):
        with Writer(tmp_path / "base") as writer:
            change(rng, model, writer)
            writer.catalogue = {"files": dict(model)}
    return tmp_path / "base", model


def _scenario(directory: Path, model: Model) -> None:
    rng = Random(6)
    with Writer(directory) as writer:
        change(rng, model, writer)
        writer.catalogue = {"files": dict(model)}


def _fails_at(base: tuple[Path, Model], number: int, error: int, lasting: bool) -> str:
    """Run the scenario on a disk that fails at one call; what that came to."""
    before, old = base
    directory = before.with_name("work")
    shutil.copytree(before, directory)
    new = dict(old)
    disk = Disk(number, error, lasting=lasting)
    try:
        with disk.installed():
            _scenario(directory, new)
        told = "done"
    except IndexNotWritten:
        told = "told"
    state = held(directory)
    assert state in ([new] if told == "done" else [old, new]), disk.calls[number]
    # The next writer takes up from there, and sweeps.
    with Writer(directory, wait=1.0) as writer:
        change(Random(7), state, writer)
    assert held(directory) == state
    assert leftovers(directory) == set()
    shutil.rmtree(directory)
    return told


def _calls(base: tuple[Path, Model]) -> list[str]:
    directory = base[0].with_name("count")
    shutil.copytree(base[0], directory)
    with Disk().installed() as disk:
        _scenario(directory, dict(base[1]))
    assert {"open", "write", "flush", "fsync", "replace", "unlink"} <= set(disk.calls)
    return disk.calls


def test_every_call_that_fails_leaves_the_old_state_or_the_new(base):
    """Columns are written by a hundred calls a file: the first and last stand for them
    here, the slow suite has all; failing once and for good take turns."""
    calls = _calls(base)
    chosen = [
        n
        for n, what in enumerate(calls)
        if (what != "write" or calls[n - 1] != "write" or calls[n + 1] != "write") and n % 2
    ]
    told = [
        _fails_at(base, n, errno.ENOSPC if i % 2 else errno.EIO, bool(i % 2))
        for i, n in enumerate(chosen)
    ]
    assert told.count("told") > len(told) / 2


@pytest.mark.slow
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("lasting", [False, True])
def test_any_call_may_fail(base, error, lasting):
    """Every call fails in one of the four ways; SEARCHER_LONG=1: in each of them."""
    step, first = (
        (1, 0) if os.environ.get("SEARCHER_LONG") else (4, 2 * lasting + (error == errno.EIO))
    )
    for number in range(first, len(_calls(base)), step):
        _fails_at(base, number, error, lasting)


def test_a_writer_that_failed_writes_no_more(base):
    directory, _ = base
    writer = Writer(directory)
    change(Random(1), {}, _Accepting(writer))
    with Disk(0, errno.ENOSPC, lasting=True).installed(), pytest.raises(IndexNotWritten):
        writer.commit()
    with pytest.raises(IndexNotWritten, match="failed before"):
        writer.commit()
    with pytest.raises(IndexNotWritten, match="failed before"):
        writer.delete("a1")
    writer.close()


class _Accepting:
    """A writer whose deletions are not compared with a model."""

    def __init__(self, writer: Writer) -> None:
        self.add = writer.add

    def delete(self, article_id: str) -> bool:
        return False


def test_an_index_where_nothing_can_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(IndexNotWritten, match="could not be written"):
        Writer(tmp_path / "file")
    with pytest.raises(IndexNotWritten, match="Not a directory"):
        Writer(tmp_path / "file" / "below")


def test_only_files_of_an_index_are_swept(tmp_path):
    """A directory may hold more than the index."""
    mine = ["text-catatan.txt", "segment-satu.seg", "catalogue-2023.pdf", "manifest.json.txt"]
    for name in mine:
        (tmp_path / name).write_text("keep me")
    ours = ["segment-00000099.seg", "segment-00000099.live-3", "text-00000099.zdict"]
    for name in ours:
        (tmp_path / name).write_text("of a writer that was killed")
    with Writer(tmp_path):
        pass
    assert all((tmp_path / name).exists() for name in mine)
    assert not any((tmp_path / name).exists() for name in ours)


def test_an_article_changed_again_and_again_before_one_commit_is_there_once(tmp_path, monkeypatch):
    """Also when what waited became a segment meanwhile, with the first change in it twice."""
    monkeypatch.setattr(writing, "BATCH_SHARE", 2e-5)
    with Writer(tmp_path, fresh=True) as writer:
        for version in range(20):
            for name in ("a1", "a2"):
                writer.add(article(name, version))
        assert writer.delete("a2")
        assert not writer.delete("a2")
    assert held(tmp_path) == {"a1": 19}
