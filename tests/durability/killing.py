"""Kill a writer at random instants, again and again, and look what is left.

``python killing.py DIRECTORY KILLS SEED [WORKERS]`` forks a writer that adds, updates, deletes,
merges and rebuilds, kills it (SIGKILL) after a random time or before a random call to the
operating system, and compares the index with what the writer had noted beside it: the
state of its last commit or, if it died between, the one it was about to commit. Prints
figures as JSON; the first difference ends it with a traceback and the seed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))

from faults import Disk
from model import Model, article, change, held, leftovers

from searcher.index import writer as writing
from searcher.index.writer import Writer


def write_on(directory: Path, notes: Path, model: Model, seed: int, workers: int) -> None:
    """Change the index for ever, noting each state before it is committed and after."""
    rng = Random(seed)
    with open(notes, "ab", buffering=0) as out:
        while True:
            fresh = rng.random() < 0.1
            writer = Writer(directory, fresh=fresh, wait=5.0, workers=workers)
            # A worker of the killed writer may finish its file after the sweep.
            assert workers > 1 or fresh or leftovers(directory) == set(), leftovers(directory)
            if fresh:
                for article_id, version in model.items():
                    writer.add(article(article_id, version))
            for _ in range(rng.randrange(1, 4)):
                change(rng, model, writer)
                out.write(json.dumps(model).encode() + b"\n")
                writer.commit()
                out.write(b"done\n")
            writer.close()


def noted(notes: Path) -> list[Model]:
    """The states the index may be in: one, or two if the writer died in a commit."""
    # A line without an end is one the writer died over: its commit had not begun, or its
    # "done" was not told, and without the line either is what the others say.
    lines = notes.read_bytes().split(b"\n")[:-1]
    states = [json.loads(line) for line in lines if line != b"done"]
    return states[-1:] if lines[-1] == b"done" else states[-2:]


def main(directory: Path, kills: int, seed: int, workers: int = 1) -> None:
    # Merges and unfinished segments come often.
    writing.MERGE_AT = 3
    writing.BATCH_SHARE = 3e-5  # a few articles
    rng = Random(seed)
    index, notes = directory / "index", directory / "notes"
    first: Model = {}
    with Writer(index, fresh=True) as writer:
        change(rng, first, writer)
    notes.write_text(json.dumps(first) + "\ndone\n")
    model: Model = first
    figures = {"kills": 0, "in a commit": 0, "leftovers": 0, "commits": 0}
    started = time.monotonic()
    for number in range(kills):
        at = rng.randrange(1500)
        child = os.fork()
        if child == 0:
            try:
                if number % 2:
                    with Disk(at, act=lambda: os.kill(os.getpid(), signal.SIGKILL)).installed():
                        write_on(index, notes, model, seed + number, workers)
                write_on(index, notes, model, seed + number, workers)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
        if not number % 2:
            time.sleep(rng.uniform(0.0, 0.12 if workers == 1 else 1.2))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the writer failed by itself; seed {seed}, kill {number}"
        states = noted(notes)
        model = held(index)
        assert model in states, f"seed {seed}, kill {number}: neither the old nor the new state"
        figures["kills"] += 1
        figures["in a commit"] += len(states) > 1
        figures["leftovers"] += bool(leftovers(index))
        figures["commits"] += notes.read_bytes().count(b"done\n") - 1
        notes.write_text(json.dumps(model) + "\ndone\n")
    figures["seconds"] = round(time.monotonic() - started, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
