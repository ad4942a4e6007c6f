"""Many read while one writes: every answer is of one version, and nobody waits for ever."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import searcher
from searcher import Article, Index, open_index
from searcher.errors import IndexLocked
from searcher.index import lock
from searcher.index.lock import WriteLock
from searcher.index.writer import Writer

N_ARTICLES = 30


def _word(number: int) -> str:
    """The version as a word of letters: digits in a word are words of their own."""
    return "qx" + "".join("bcdfghjklm"[int(digit)] for digit in str(number)) + "xq"


def _generation(directory: Path, number: int) -> None:
    """Commit a version of the index in which every article says the same number."""
    with Writer(directory, wait=30.0) as writer:
        for n in range(N_ARTICLES):
            # How many articles there are depends on the number as well.
            if n < N_ARTICLES - number % 7:
                writer.add(
                    Article(id=f"a{n}", title="Kabar", body=f"umum {_word(number)} {number}")
                )
            else:
                writer.delete(f"a{n}")


def _read_on(index: Index, stop: float) -> tuple[int, set[str]]:
    """Search until ``stop``; how often, and the versions seen. Fails on a mixed answer."""
    answers, seen = 0, set()
    while time.monotonic() < stop:
        results = index.search("umum", limit=N_ARTICLES + 5)
        bodies = {hit.article.body for hit in results}
        assert len(bodies) == 1, f"one answer, {len(bodies)} versions: {bodies}"
        (body,) = bodies
        number = int(body.split()[2])
        expected = N_ARTICLES - number % 7
        assert len(results) == results.total == expected
        assert len({hit.id for hit in results}) == expected
        # Another search may see a newer version, and then all of it.
        for hit in index.search(f"versi{number}", limit=3):
            assert hit.article.body == body
        seen.add(body)
        answers += 1
    return answers, seen


def _process(directory: Path, stop: float, out: multiprocessing.Queue) -> None:
    try:
        answers, seen = _read_on(open_index(directory), stop)
        out.put((answers, len(seen), None))
    except BaseException as error:
        out.put((0, 0, f"{type(error).__name__}: {error}"))


def _together(directory: Path, seconds: float) -> dict[str, int]:
    """8 threads and 4 processes search while commits follow each other."""
    _generation(directory, 0)
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    # Processes take a moment to start; everyone stops at the same time.
    stop = time.monotonic() + seconds + 1.0
    processes = [context.Process(target=_process, args=(directory, stop, queue)) for _ in range(4)]
    for process in processes:
        process.start()
    index = open_index(directory)
    commits = 0
    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(_read_on, index, stop) for _ in range(8)]
        while time.monotonic() < stop:
            commits += 1
            _generation(directory, commits)
        found = [thread.result() for thread in threads]
    told = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert [error for _, _, error in told if error] == []
    return {
        "commits": commits,
        "answers": sum(n for n, _ in found) + sum(n for n, _, _ in told),
        "versions": max(len(seen) for _, seen in found),
    }


def test_eight_threads_and_four_processes_see_one_version_at_a_time(tmp_path):
    figures = _together(tmp_path, 2.0)
    # How many there are is the machine's business; none was mixed.
    assert figures["commits"] > 0
    assert figures["answers"] > 12


@pytest.mark.slow
def test_a_minute_of_searching_and_committing(tmp_path):
    figures = _together(tmp_path, 60.0)
    print(figures)
    assert figures["versions"] > 20


def test_a_result_keeps_its_version(tmp_path):
    """What was answered before a commit counts, and shows, what was there then."""
    _generation(tmp_path, 0)
    index = open_index(tmp_path)
    before = index.search("umum", limit=3, snippets=False)
    _generation(tmp_path, 5)
    assert before.total == N_ARTICLES
    assert [hit.article.id for hit in before] == ["a0", "a1", "a2"]
    assert index.search("umum").total == N_ARTICLES - 5


def test_every_commit_is_seen_however_quickly_they_follow(tmp_path):
    """A reader looks at the manifest's time and inode, and both may come again."""
    index = searcher.create_index(tmp_path)
    for number in range(30):
        with index.writer() as writer:
            writer.add(Article(id="a", body=f"versi{number}"))
        assert index.get("a").body == f"versi{number}"


# Writers ----------------------------------------------------------------------------------


def test_a_second_writer_waits_for_the_first(tmp_path):
    _generation(tmp_path, 0)
    first = Writer(tmp_path)
    first.add(Article(id="satu", body="dari penulis pertama"))

    def second() -> None:
        with Writer(tmp_path, wait=30.0) as writer:
            assert "satu" in writer, "it began before the first had committed"
            writer.add(Article(id="dua", body="dari penulis kedua"))

    thread = threading.Thread(target=second)
    thread.start()
    time.sleep(0.05)
    assert thread.is_alive()
    first.commit()
    first.close()
    thread.join(30)
    assert "dua" in open_index(tmp_path)


def test_who_waits_too_long_is_told_for_whom(tmp_path):
    with (
        WriteLock(tmp_path),
        pytest.raises(IndexLocked, match=rf"written by process {os.getpid()}; waited 0.02 s"),
    ):
        Writer(tmp_path, wait=0.02)


def test_many_writers_queue_and_none_is_lost(tmp_path):
    """Twelve threads, each with a writer of its own."""
    searcher.create_index(tmp_path)

    def write(n: int) -> None:
        with Writer(tmp_path, wait=60.0) as writer:
            writer.add(Article(id=f"a{n}", body="umum"))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, range(12)))
    assert len(open_index(tmp_path)) == 12


def test_the_lock_of_a_dead_process_is_no_lock(tmp_path):
    """The process is killed while it writes; its lock ends with it, whatever the file says."""
    script = (
        "import sys, time; from pathlib import Path; from searcher import Article\n"
        "from searcher.index.writer import Writer\n"
        "writer = Writer(Path(sys.argv[1])); writer.add(Article(id='x', body='tak selesai'))\n"
        "print('holding', flush=True); time.sleep(600)"
    )
    _generation(tmp_path, 0)
    env = {"PYTHONPATH": str(Path(searcher.__file__).parents[1]), "PATH": ""}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        with pytest.raises(IndexLocked, match=f"process {process.pid}"):
            Writer(tmp_path, wait=0.02)
        process.kill()
        process.wait()
    assert (tmp_path / lock.NAME).read_text() == str(process.pid)
    with Writer(tmp_path, wait=5.0) as writer:
        assert "x" not in writer


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_lock_let_go_is_free_though_a_forked_child_lives(tmp_path):
    """A child inherits the open file; it does not inherit the turn to write."""
    script = (
        "import os, sys; from pathlib import Path; from searcher.index.lock import WriteLock\n"
        "lock = WriteLock(Path(sys.argv[1])); lock.acquire()\n"
        "child = os.fork()\n"
        "if child == 0:\n    import time; time.sleep(600)\n"
        "lock.release()\n"
        "with WriteLock(Path(sys.argv[1]), 1.0): print('free')\n"
        "os.kill(child, 9); os.waitpid(child, 0)\n"
    )
    env = {"PYTHONPATH": str(Path(searcher.__file__).parents[1]), "PATH": ""}
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, env=env
    )
    assert run.stdout == "free\n", run.stderr


def test_what_the_lock_file_holds_does_not_matter(tmp_path):
    (tmp_path / lock.NAME).write_text("1" * 1000)
    with WriteLock(tmp_path, 0.1):
        assert (tmp_path / lock.NAME).read_text() == str(os.getpid())
