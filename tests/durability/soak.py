"""Live with an index for hours: one process writes, another searches, and both are watched.

``python -m tests.durability.soak DIRECTORY SECONDS [SHARE]`` keeps a small archive changing:
additions, updates, deletions, a commit each few dozen. Two threads that share an ``Index``
ask it with snippets, open it anew now and then, and compare every answer with what the
writer noted for the generation that answered. Each minute (or twentieth of the time) a line
goes to ``DIRECTORY/soak.csv``: private memory and open files of both processes, bytes, files
and segments of the index, commits and answers so far. Each process takes ``SHARE`` of a core
(0.05 unless told), by sleeping. Prints figures as JSON; the first wrong answer ends it.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from searcher import Index, open_index
from searcher.index import check, manifest
from searcher.index.writer import Writer

from .model import Model, article, change, own_word

N_IDS = 500
#: What is written down each time, of both processes and of the index.
COLUMNS = (
    "second", "reader_kib", "writer_kib", "reader_files", "writer_files",
    "index_bytes", "files", "segments", "articles", "commits", "answers", "opened",
)  # fmt: skip


def _rest(share: float, started: float) -> None:
    """Sleep so that what this thread computed since ``started`` was ``share`` of the time."""
    used = time.thread_time() - started
    time.sleep(min(60.0, used * (1.0 / share - 1.0)))


# The writer -------------------------------------------------------------------------------


def write_on(directory: Path, share: float) -> None:
    """Change the index until the process is ended; note each generation's articles."""
    rng = Random(1)
    model: Model = {}
    number = manifest.load(directory / "index").generation
    while True:
        started = time.thread_time()
        with Writer(directory / "index", wait=60.0) as writer:
            for _ in range(rng.randrange(1, 6)):
                change(rng, model, writer, N_IDS)
        now = manifest.load(directory / "index").generation
        for generation in range(number + 1, now + 1):
            note = directory / f"state-{generation}"
            note.with_suffix(".new").write_text(json.dumps(model))
            note.with_suffix(".new").replace(note)
            directory.joinpath(f"state-{generation - 100}").unlink(missing_ok=True)
        number = now
        _rest(share, started)


# The reader -------------------------------------------------------------------------------


def _state(directory: Path, generation: int) -> Model:
    """What the writer noted for a generation; it does so a moment after the commit."""
    note = directory / f"state-{generation}"
    for _ in range(600):
        if note.exists():
            model: Model = json.loads(note.read_text())
            return model
        time.sleep(0.1)
    raise AssertionError(f"generation {generation} was never noted")


def _has(text: str, words: str) -> bool:
    return any(re.search(rf"\b{word}\b", text) for word in words.split())


def compare(index: Index, model: Model, rng: Random) -> int:
    """Ask, and compare with the model; how many answers were right."""
    texts = {key: article(key, version).body for key, version in model.items()}
    for words in ("umum", "panen hujan", "desa"):
        results = index.search(words, limit=N_IDS, profile="plain")
        expected = {key for key, text in texts.items() if _has(text, words)}
        assert {hit.id for hit in results} == expected, words
        assert results.total == len(expected), words
        for hit in islice(results, 10):
            marked = {hit.snippet.text[a:b].lower() for a, b in hit.snippet.ranges}
            assert marked <= set(words.split()), (words, marked)
            assert marked, f"{hit.id}: no word of {words!r} is marked"
    phrase = index.search('"harga beras"', limit=N_IDS, snippets=False)
    assert {hit.id for hit in phrase} == {k for k, t in texts.items() if "harga beras" in t}
    for _ in range(3):
        key = f"a{rng.randrange(N_IDS)}"
        assert (key in index) == (key in model)
        if key in model:
            (hit,) = index.search(own_word(key, model[key]), profile="plain")
            assert hit.article == article(key, model[key])
            assert index.get(key) == hit.article
    return 8


class Reader:
    """Searches in a thread until told to stop; keeps the exception that ended it."""

    def __init__(self, directory: Path, share: float, seed: int) -> None:
        self.answers = self.opened = 0
        self.error: BaseException | None = None
        self.stop = threading.Event()
        self._directory, self._share, self._rng = directory, share, Random(seed)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            index = open_index(self._directory / "index")
            while not self.stop.is_set():
                started = time.thread_time()
                if self._rng.random() < 0.1:
                    index = open_index(self._directory / "index")
                    self.opened += 1
                view = index.view
                model = _state(self._directory, view.snapshot.manifest.generation)
                try:
                    right = compare(index, model, self._rng)
                except Exception:
                    # Between two questions there may have been a commit; then an article that is
                    # missing says nothing.
                    if index.view is view:
                        raise
                    right = 0
                self.answers += right
                _rest(self._share, started)
        except BaseException as error:
            self.error = error


# Both, watched ----------------------------------------------------------------------------


def _private_kib(pid: int) -> int:
    found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def _sizes(directory: Path) -> list[int]:
    found = []
    for path in directory.iterdir():
        with suppress(FileNotFoundError):  # swept meanwhile
            found.append(path.stat().st_size)
    return found


def _line(directory: Path, started: float, writer: int, readers: list[Reader]) -> list[Any]:
    state = manifest.load(directory / "index")
    sizes = _sizes(directory / "index")
    return [
        round(time.monotonic() - started),
        _private_kib(os.getpid()),
        _private_kib(writer),
        len(os.listdir("/proc/self/fd")),
        len(os.listdir(f"/proc/{writer}/fd")),
        sum(sizes),
        len(sizes),
        len(state.segments),
        sum(entry.n_docs - entry.n_deleted for entry in state.segments),
        state.generation,
        sum(reader.answers for reader in readers),
        sum(reader.opened for reader in readers),
    ]


def main(directory: Path, seconds: float, share: float = 0.05) -> dict[str, Any]:
    """Run for so long; the figures. Raises what a reader met."""
    directory.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with Writer(directory / "index", fresh=True):
        pass
    first = manifest.load(directory / "index").generation
    for generation in range(first + 1):
        (directory / f"state-{generation}").write_text("{}")
    command = [sys.executable, "-m", "tests.durability.soak", "write", str(directory), str(share)]
    lines: list[list[Any]] = []
    readers: list[Reader] = []
    with subprocess.Popen(command) as writer, open(directory / "soak.csv", "w") as out:
        try:
            readers += [Reader(directory, share / 2, seed) for seed in (1, 2)]
            table = csv.writer(out)
            table.writerow(COLUMNS)
            while time.monotonic() - started < seconds:
                time.sleep(min(60.0, seconds / 20))
                assert writer.poll() is None, "the writer ended by itself"
                lines.append(_line(directory, started, writer.pid, readers))
                table.writerow(lines[-1])
                out.flush()
                for reader in readers:
                    if reader.error is not None:
                        raise reader.error
        finally:
            for reader in readers:
                reader.stop.set()
            writer.kill()
    for reader in readers:
        reader.thread.join(120)
    assert check.problems(directory / "index") == []
    last = dict(zip(COLUMNS, lines[-1], strict=True))
    quarter = max(1, len(lines) // 4)
    columns = {name: [line[at] for line in lines] for at, name in enumerate(COLUMNS)}
    return {
        **last,
        # The second quarter is warm; the last one shows what hours added.
        **{
            f"{name} then and now": (
                max(columns[name][quarter : 2 * quarter]),
                max(columns[name][-quarter:]),
            )
            for name in COLUMNS[1:8]
        },
    }


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write_on(Path(sys.argv[2]), float(sys.argv[3]))
    else:
        print(json.dumps(main(Path(sys.argv[1]), *map(float, sys.argv[2:]))))
