"""Damage an index at random and search it, in processes that may die of it.

``python -m tests.durability.fuzzing DIRECTORY TRIALS SEED`` changes a few bytes of one
column of a segment (or roots, or live file), opens the index in a forked process and asks
it questions of every kind; with ``forged`` the checksums are made right again first, with
``tell`` exceptions are printed. Prints, as JSON, how often each outcome was seen, by column:
*answered* and *refused* (our own error) are what may happen; a signal, an exception that
is not ours, or more than ten seconds is not.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import traceback
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path
from random import Random
from zlib import crc32

from searcher import open_index
from searcher.errors import SearcherError
from searcher.index.layout import FORMAT_VERSION, ColumnFile

from . import samples

QUERIES = (
    "harga beras", "umum", "kataa7v7z", "harga AND pasar NOT desa", '"harga beras"',
    '"beras harga"~4', "title:kabar", "har*", "pa?ar", "bers~1", "place:medan umum",
    "harga OR beras OR naik OR turun OR pasar", "umum harga", "tidakada", "*",
)  # fmt: skip
SECONDS = 5
#: Exceptions told apart by exit status; the rest are one.
NAMES = (
    "IndexError", "ValueError", "UnicodeDecodeError", "OverflowError", "MemoryError",
    "KeyError", "TypeError", "AssertionError", "ZstdError", "another",
)  # fmt: skip


def ask(directory: Path) -> None:
    """Everything one can ask of an index."""
    index = open_index(directory)
    for number, query in enumerate(QUERIES):
        results = index.search(query, profile="plain" if number % 2 else "default")
        _ = results.total
    index.search("harga", sort="newest", facets=("source", "place", "month"))
    index.search("harga", sort="oldest", snippets=False)
    for hit in index.search("umum", limit=50):
        index.get(hit.id)
    index.stats()
    for _ in islice(index.articles(), 50):
        pass


def outcome(directory: Path, tell: bool) -> str:
    child = os.fork()
    if child == 0:
        status = 0
        try:
            signal.alarm(SECONDS)
            ask(directory)
        except SearcherError:
            status = 1
        except BaseException as error:
            if tell:
                traceback.print_exc()
            name = type(error).__name__
            status = 10 + (NAMES.index(name) if name in NAMES else 9)
        os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    code = os.waitstatus_to_exitcode(status)
    return {0: "answered", 1: "refused"}.get(code) or f"{NAMES[min(code - 10, 9)]}"


def damage(rng: Random, path: Path) -> tuple[str, int, bytes]:
    """Change some bytes of one column; its name, and what to put back where."""
    file = ColumnFile(path)
    name, start, size, _ = rng.choice([row for row in file._toc if row[2]])
    n = min(size, rng.choice([1, 1, 1, 4, 8, 64]))
    at = start + rng.randrange(size - n + 1)
    with open(path, "r+b") as out:
        out.seek(at)
        old = out.read(n)
        new = bytearray(old)
        kind = rng.randrange(3)
        if kind == 0:
            new[rng.randrange(n)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            new[:] = rng.randbytes(n)
        else:
            new[:] = (struct.pack("<Q", rng.choice([0, 2**64 - 1, 2**31, 2**32 - 1])) * 8)[:n]
        out.seek(at)
        out.write(new)
    return name, at, old


def forge(path: Path) -> None:
    """Give a changed file the checksums of what it now holds."""
    file = ColumnFile(path)
    data = path.read_bytes()
    toc = [
        [name, file.columns[name].format, start, size, crc32(data[start : start + size])]
        for name, start, size, _ in file._toc
    ]
    table = json.dumps({"header": file.header, "columns": toc}).encode()
    foot = struct.pack("<QQII", file._end, len(table), crc32(table), FORMAT_VERSION)
    path.write_bytes(data[: file._end] + table + foot)


def main(directory: Path, trials: int, seed: int, *how: str) -> None:
    rng = Random(seed)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    columnar = [path for path in samples.files(directory) if path.name.startswith("segment-")]
    # Most columns are the segments'; the first of these is the large one.
    segments = [path for path in columnar if path.suffix == ".seg"][:1]
    for _ in range(trials):
        path = rng.choice(columnar if rng.random() < 0.2 else segments)
        name, at, old = damage(rng, path)
        if "forged" in how:
            forge(path)
        counts[outcome(directory, "tell" in how)][name] += 1
        with open(path, "r+b") as file:
            file.seek(at)
            file.write(old)
        if "forged" in how:
            forge(path)
    print(json.dumps(counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
