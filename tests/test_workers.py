"""Building with several processes, and within a bound of memory."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from searcher import Article
from searcher.backends.embedded import Index
from searcher.errors import IndexNotWritten
from searcher.index import check, manifest
from searcher.index import writer as writing
from searcher.index.writer import Writer
from searcher.kernels import compiled

_SYLLABLES = [c + v for c in "bcdfghjklmnprstw" for v in "aiueo"]


def articles(n: int, words: int = 40, seed: int = 7) -> list[Article]:
    """Invented words, a few of them common, most of them rare."""
    rng = random.Random(seed)
    common = ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(200)]
    found = []
    for i in range(n):
        text = [
            rng.choice(common) if rng.random() < 0.8 else "".join(rng.choices(_SYLLABLES, k=4))
            for _ in range(words)
        ]
        found.append(Article(id=f"a{i}", title=" ".join(text[:4]).title(), body=" ".join(text)))
    return found


def build(directory: Path, given: list[Article], workers: int) -> Index:
    """A first build, and one that replaces, deletes and adds while batches are written."""
    with Writer(directory, fresh=True, workers=workers) as writer:
        for article in given[:150]:
            writer.add(article)
    with Writer(directory, workers=workers) as writer:
        for i, article in enumerate(given[150:]):
            writer.add(article)
            if i % 7 == 0:
                changed = Article(id=article.id, title="Diralat", body=article.body + " ralat")
                assert writer.digest(article.id) == article.digest()
                writer.add(changed)
                assert writer.digest(article.id) == changed.digest()
            if i % 11 == 0:
                assert article.id in writer
                assert writer.delete(article.id)
                assert article.id not in writer
                assert not writer.delete(article.id)
        n = len(writer)
    index = Index(directory)
    assert len(index) == n
    return index


@pytest.mark.parametrize("batch", [0.8, 7e-4, 2e-4])
@pytest.mark.parametrize("most", [300_000, 200])
def test_the_index_does_not_depend_on_the_number_of_workers(tmp_path, monkeypatch, batch, most):
    """With two every segment is the same, byte by byte; with more, rounds are smaller.

    However many of them one process makes a batch of, and where a segment may not have all.
    """
    monkeypatch.setattr(writing, "ROUND_SHARE", 2e-4)  # some thirty articles
    monkeypatch.setattr(writing, "BATCH_SHARE", batch)
    monkeypatch.setattr(writing, "MERGE_DOCUMENTS", most)
    given = articles(400)
    # Glued words: the halves are common in some rounds, and in others not.
    given += [
        Article(id=f"g{i}", body=("sekolah negeri " * (i % 200 > 100) + "sekolahnegeri ") * 3)
        for i in range(400)
    ]
    one = build(tmp_path / "one", given, 1)
    for workers in (2, 3):
        several = build(tmp_path / str(workers), given, workers)
        assert list(several.articles()) == list(one.articles())
        if workers == 2:
            assert segments(tmp_path / "2") == segments(tmp_path / "one")
            n_docs = [entry.n_docs for entry in manifest.load(tmp_path / "2").segments]
            assert len(n_docs) > 3 if most == 200 else len(n_docs) == 2
            assert max(n_docs) < most + 100  # a round more at most
        assert not list(check.problems(tmp_path / str(workers)))


def segments(directory: Path) -> list[bytes]:
    """The bytes of the segment files of an index, in their order."""
    entries = manifest.load(directory).segments
    return [(directory / entry.name).read_bytes() for entry in entries]


def test_few_articles_are_not_waited_for(tmp_path):
    """No process is started for what is no batch."""
    with Writer(tmp_path, workers=2) as writer:
        for article in articles(5):
            writer.add(article)
        assert writer._workers is None
    assert len(Index(tmp_path)) == 5


def test_a_worker_that_ends_leaves_the_last_commit(tmp_path, monkeypatch):
    """Killed, out of memory: the writer says so, and nothing was done."""
    monkeypatch.setattr(writing, "BATCH_SHARE", 2e-4)
    given = articles(300)
    with Writer(tmp_path, fresh=True) as writer:
        writer.add(given[0])

    def interrupted() -> None:
        with Writer(tmp_path, workers=2) as writer:
            for article in given[1:]:
                writer.add(article)
                if writer._workers is not None and writer._sent:
                    writer._workers._processes[0].kill()

    with pytest.raises(IndexNotWritten, match="worker"):
        interrupted()
    assert [article.id for article in Index(tmp_path).articles()] == ["a0"]
    with Writer(tmp_path) as writer:
        writer.add(given[1])
    assert [article.id for article in Index(tmp_path).articles()] == ["a0", "a1"]
    assert not list(tmp_path.glob("*.seg.*"))


_KILLED = """
import os, signal, sys
from tests.test_workers import articles, writing
writing.BATCH_SHARE = 2e-4
with writing.Writer(__import__("pathlib").Path(sys.argv[1]), workers=2) as writer:
    for i, article in enumerate(articles(300)):
        if i == int(sys.argv[2]):
            print(*[p.pid for p in writer._workers._processes], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        writer.add(article)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
@pytest.mark.parametrize("moment", [40, 100, 180, 299])
def test_a_killed_writer_takes_its_workers_along(tmp_path, moment):
    """They end, the last commit stands, and what they wrote is swept."""
    before = articles(1, seed=1)[0]
    with Writer(tmp_path, fresh=True) as writer:
        writer.add(before)
    root = Path(__file__).parents[1]
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path), str(moment)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    pids = [int(pid) for pid in killed.stdout.split()]
    assert len(pids) == 2, killed.stderr
    for _ in range(600):
        if not any(_lives(pid) for pid in pids):
            break
        time.sleep(0.05)
    else:
        pytest.fail("a worker outlives its writer")
    with Writer(tmp_path) as writer:
        assert len(writer) == 1
        writer.add(articles(2, seed=1)[1])
    assert len(Index(tmp_path)) == 2
    assert not list(tmp_path.glob("*.seg.*"))
    assert not list(check.problems(tmp_path))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:  # one that nobody has waited for is dead too
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


_MEASURED = """
import sys, threading, time
from pathlib import Path
from tests.test_workers import articles
from searcher.index.writer import Writer

def anonymous():
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024

def watch():
    while True:
        peak.append(anonymous())
        time.sleep(0.01)

given = articles(9000, words=220)
with Writer(Path(sys.argv[1], "warm"), fresh=True) as writer:  # modules, tables of the analysis
    writer.add(given[0])
before, peak = anonymous(), []
threading.Thread(target=watch, daemon=True).start()
with Writer(Path(sys.argv[1], "index"), fresh=True, memory=int(sys.argv[2])) as writer:
    for article in given:
        writer.add(article)
print(max(peak) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured by Linux")
def test_a_build_keeps_to_its_memory(tmp_path):
    """A small bound is kept, and the answers are those of a build that had plenty."""
    taken = {}
    for memory in (64, 4096):
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, str(tmp_path / str(memory)), str(memory)],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
        taken[memory] = float(done.stdout)
    # Uncompiled, the tables of the kernels are Python's own, and heavier than what they are
    # taken to weigh.
    most = 64 if compiled() else 80
    assert taken[64] < most < taken[4096], taken
    small, large = (Index(tmp_path / str(memory) / "index") for memory in (64, 4096))
    assert len(small) == len(large) == 9000
    for article in articles(40, words=220):
        for text in (
            " ".join(article.body.split()[5:8]),
            f'"{article.title}"',
            article.body[:4] + "*",
        ):
            assert [hit.id for hit in small.search(text)] == [hit.id for hit in large.search(text)]
