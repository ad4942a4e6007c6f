"""Processes that turn batches into segment files while the writer reads on.

The writer's process alone knows the index: it gives each worker whole batches, in turn, and
a name to write to, and renames what comes back. A worker whose writer has died finds its
input closed and ends; what it may still write has a name that the next writer sweeps.

A message is JSON and byte strings, behind their lengths.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from searcher.errors import IndexNotWritten
from searcher.index.batch import Around, Batch, Prepared
from searcher.index.words import WordTable

_LENGTHS = struct.Struct("<II")
#: Articles go to a worker in messages of about so many bytes.
MESSAGE_BYTES = 1 << 16

_STORED = Prepared._fields.index("stored")
_as_json = json.JSONEncoder(separators=(",", ":")).encode


class Written(NamedTuple):
    """What a worker made of the oldest batch that was not yet told of."""

    name: str
    n_docs: int
    size: int


def _send(out: IO[bytes], value: Any, blobs: Sequence[bytes] = ()) -> None:
    head = _as_json([value, list(map(len, blobs))]).encode()
    body = b"".join(blobs)
    out.write(_LENGTHS.pack(len(head), len(body)) + head)
    out.write(body)
    out.flush()


def _receive(file: IO[bytes]) -> tuple[Any, list[bytes]] | None:
    """The next value and its byte strings, None at the end."""
    lengths = file.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    for_head, for_body = _LENGTHS.unpack(lengths)
    head, body = file.read(for_head), file.read(for_body)
    if len(head) < for_head or len(body) < for_body:
        return None
    value, sizes = json.loads(head)
    blobs, at = [], 0
    for size in sizes:
        blobs.append(body[at : at + size])
        at += size
    return value, blobs


class Workers:
    """So many processes; batches are given to them in turn, and come back in order."""

    def __init__(self, n: int, directory: Path, settings: Any, table_words: int) -> None:
        self.directory = directory
        path = os.pathsep.join(
            [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-c", "from searcher.index.workers import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
            )
            for _ in range(n)
        ]
        self._waiting: list[Prepared] = []
        self._bytes = 0
        self._turn = 0
        #: Of each batch that is being written: its worker and the name of its file.
        self._writing: deque[tuple[int, str]] = deque()
        for number in range(n):
            self._tell(number, (str(directory), settings, table_words))

    def _tell(self, number: int, value: Any, blobs: Sequence[bytes] = ()) -> None:
        stdin = self._processes[number].stdin
        assert stdin is not None
        try:
            _send(stdin, value, blobs)
        except OSError:  # a broken pipe: it has ended; its last words may say why
            self._answer(number)
            raise IndexNotWritten(self.directory, "a worker process ended") from None

    def _answer(self, number: int) -> tuple[int, int]:
        stdout = self._processes[number].stdout
        assert stdout is not None
        answer = _receive(stdout)
        if answer is None:
            raise IndexNotWritten(self.directory, "a worker process ended")
        told, _ = answer
        if isinstance(told, str):
            raise IndexNotWritten(self.directory, told)
        n_docs, size = told
        return n_docs, size

    def add(self, prepared: Prepared) -> None:
        """One more article of the present batch."""
        self._waiting.append(prepared)
        self._bytes += len(prepared.stored)
        if self._bytes >= MESSAGE_BYTES:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._tell(
                self._turn,
                [each[:_STORED] + each[_STORED + 1 :] for each in self._waiting],
                [each.stored for each in self._waiting],
            )
            self._waiting.clear()
            self._bytes = 0

    def write(self, name: str, around: Around) -> None:
        """Have the present batch written to a file of that name; the next begins."""
        self._pass_on()
        self._tell(
            self._turn, {"name": name, **around._asdict(), "dictionary": ""}, [around.dictionary]
        )
        self._writing.append((self._turn, name))
        self._turn = (self._turn + 1) % len(self._processes)

    @property
    def free(self) -> bool:
        """Whether the worker whose turn it is writes nothing."""
        return all(number != self._turn for number, _ in self._writing)

    def written(self) -> Written | None:
        """The oldest batch, when it is written; None when nothing is being written."""
        if not self._writing:
            return None
        number, name = self._writing.popleft()
        return Written(name, *self._answer(number))

    def close(self) -> None:
        """End the processes, whatever they do."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            with process:  # closes the pipes
                pass


def serve() -> None:
    """What a worker process does: read articles, write segments, until its input ends."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the writer decides what becomes of us
    try:
        _serve()
    except BrokenPipeError:
        # The writer was killed; nobody waits for an answer, nor for the end of this one.
        os._exit(1)


def _serve() -> None:
    from searcher.analysis import Analyzer

    source, answers = sys.stdin.buffer, sys.stdout.buffer
    first = _receive(source)
    if first is None:
        return
    directory, settings, table_words = first[0]
    batch = Batch(WordTable(Analyzer(settings["tokens"])))
    while (message := _receive(source)) is not None:
        value, blobs = message
        try:
            if isinstance(value, list):
                for each, stored in zip(value, blobs, strict=True):
                    batch.add(Prepared._make([*each[:_STORED], stored, *each[_STORED:]]))
                continue
            value["dictionary"] = blobs[0]
            name = value.pop("name")
            answer = batch.write(Path(directory, name), Around(**value))
        except MemoryError:
            _send(answers, "a worker process ran out of memory")
            return
        except Exception as error:
            told = (error.strerror if isinstance(error, OSError) else None) or repr(error)
            _send(answers, told)
            return
        _send(answers, answer)
        batch = batch.next(table_words)
