"""The engines, each as a process of its own, started by one table.

A Python engine is a module here with the same five functions:

``version()``
    its name and version, as printed in the results;
``write(directory, articles, workers)``
    add articles (:class:`~benchmarks.articles.Row`) to the index in ``directory``, which
    is made if it is not there, and commit;
``open_index(directory)``
    whatever ``search`` needs;
``search(index, query)``
    the ten best hits, best first. This call alone is timed. Raises NotImplementedError
    for a class the engine has no such query for;
``ids(index, hits)``
    the article ids (and snippets, where the class asks for them) as
    ``[(id, snippet), …]``; not timed, so that no engine pays for fetching a stored id.

Equal work: title, body and date indexed, positions on, title and body stored, words
lower-cased and not stemmed, no stop words, no result cache. Where an engine has a faster
way to ask the same, that way is taken; a query is given in parts, so only ``searcher``
pays for parsing a text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import lucene

#: The engine the tables are about; the others are what one could use instead.
SUBJECT = "searcher"


def _python(name: str) -> Callable[..., list[str]]:
    def argv(action: str, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "benchmarks.worker", name, action, *map(str, arguments)]

    return argv


def _searcher(action: str, *arguments: object) -> list[str]:
    # What a shell user waits for is the command itself.
    if action == "cold":
        directory, words = arguments
        options = ["--index", str(directory), "--profile", "plain"]
        return [sys.executable, "-m", "searcher", "search", *options, *str(words).split()]
    return _python("searcher")(action, *arguments)


#: Engine to the command line of one of its actions: ``version``, ``write DIR FILE
#: WORKERS``, ``cold DIR WORDS``, ``serve DIR CLOCK``, ``threads DIR SECONDS`` (see ``worker.py``).
PEERS: dict[str, Callable[..., list[str]]] = {
    "searcher": _searcher,
    "tantivy": _python("tantivy"),
    "lucene": lucene.argv,
    "fts5": _python("fts5"),
    "bm25s": _python("bm25s"),
    "whoosh": _python("whoosh"),
}

#: Engines in Python whose opened index threads may share.
SHARED = frozenset({"searcher", "tantivy"})

#: Engines that write into files of an index that are there already.
IN_PLACE = frozenset({"fts5"})

#: Engines that run faster after a while, and are given two seconds of every class first.
JUST_IN_TIME = frozenset({"lucene"})


def prepare(name: str, work: Path) -> None:
    """Whatever has to be compiled or fetched before an engine's first process."""
    if name == "lucene":
        lucene.prepare(work)
