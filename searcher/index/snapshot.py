"""One committed state of an index, opened for reading.

What the planner asks of an index as a whole (frequencies, families, capitals, terms by
prefix) is summed over segments here; what a search does to postings it does segment by
segment.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from searcher.analysis import Analyzer
from searcher.errors import IndexCorrupt
from searcher.index import manifest
from searcher.index.segment import Segment
from searcher.kernels.families import Families, counted, forms, known
from searcher.kernels.postings import Lists, doc_freq
from searcher.kernels.spelling import Spellings, like, nearest, within

#: Sorts after all that may follow the beginning of a term: no byte of UTF-8.
_END = b"\xff"

#: How a term is used: documents that hold it, uses with a capital in mid-sentence, all
#: uses there.
Use: TypeAlias = tuple[int, int, int]


class Snapshot:
    """An immutable view; later commits do not change it. Safe to share between threads.

    Raises IndexMissing, IndexVersion or IndexCorrupt.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.manifest = manifest.load(directory)
        while True:
            try:
                self._open()
                return
            except FileNotFoundError as error:
                # A commit may sweep the old files between the two reads; then the manifest
                # has changed as well. This ends: it takes a commit for every round.
                state = manifest.load(directory)
                if state == self.manifest:
                    path = Path(error.filename)
                    raise IndexCorrupt(path, "the file is missing") from None
                self.manifest = state

    def _open(self) -> None:
        state = self.manifest
        self._dictionary = b""
        if state.dictionary:
            self._dictionary = manifest.read(self.directory, state, state.dictionary)
        self.segments = [
            Segment(self.directory, entry, self._dictionary) for entry in state.segments
        ]
        self._lists: dict[str, list[Lists]] = {}
        self.n_docs = sum(entry.n_docs for entry in state.segments)
        self.n_live = self.n_docs - sum(entry.n_deleted for entry in state.segments)

    @cached_property
    def analyzer(self) -> Analyzer:
        """The analyzer the index was made with."""
        return Analyzer(self.manifest.settings["tokens"])

    # ---- terms -------------------------------------------------------------------------

    def lists(self, field: str) -> list[Lists]:
        """The terms and postings of a field, segment by segment."""
        lists = self._lists.get(field)
        if lists is None:
            lists = self._lists[field] = [segment.field(field) for segment in self.segments]
        return lists

    @cached_property
    def _families(self) -> list[Families]:
        return [segment.families for segment in self.segments]

    @cached_property
    def _spellings(self) -> list[Spellings]:
        return [segment.spellings for segment in self.segments]

    def doc_freq(self, field: str, term: str) -> int:
        """Documents that hold ``term`` in ``field``, deleted ones not yet merged away too."""
        found: int = doc_freq(self.lists(field), term.encode("utf-8", "replace"))
        return found

    def known(self, term: str) -> tuple[int, int, int, str | None]:
        """The use of a term of ``text``, and its root as stored when it was indexed; None if
        no article has the term."""
        found: tuple[int, int, int, str | None] = known(
            self._families, term.encode("utf-8", "replace")
        )
        return found

    def forms(self, root: str) -> dict[str, Use]:
        """The terms of ``text`` that have this root, the root itself included if it occurs,
        sorted, each with its use."""
        found: dict[str, Use] = forms(self._families, root.encode("utf-8", "replace"))
        return found

    def terms(self, field: str, prefix: str = "") -> dict[str, int]:
        """The distinct terms of a field that start with ``prefix``, sorted, each with the
        documents that hold it."""
        start = prefix.encode("utf-8", "replace")
        chosen = []
        for segment in self.segments:
            lists = segment.field(field)
            chosen.append((lists, range(lists.lower_bound(start), lists.lower_bound(start + _END))))
        found: dict[str, int] = counted(chosen)
        return found

    def like(self, field: str, pattern: str, most: int) -> dict[str, int]:
        """The first ``most`` distinct terms that match, each with the documents that hold it;
        in the pattern ``*`` is any letters or none, ``?`` one."""
        wanted = b"".join(
            {"*": b"\xff", "?": b"\xfe"}.get(char) or char.encode("utf-8", "replace")
            for char in pattern
        )
        head = re.split(r"[*?]", pattern, maxsplit=1)[0].encode("utf-8", "replace")
        chosen = []
        for segment in self.segments:
            lists = segment.field(field)
            first, last = lists.lower_bound(head), lists.lower_bound(head + _END)
            columns = segment.columns
            terms, term_at = columns[f"{field}.terms"], columns[f"{field}.term_at"]
            # What comes after so many of one segment comes after so many of all.
            chosen.append((lists, like(terms, term_at, wanted, first, last)[:most]))
        return dict(islice(counted(chosen).items(), most))

    def within(
        self, word: str, distance: int, field: str = "text", prefix: int = 0
    ) -> dict[str, tuple[int, int]]:
        """The terms at most ``distance`` edits from ``word``, sorted: their edits, and the
        documents that hold them. The first ``prefix`` bytes are equal."""
        found: dict[str, tuple[int, int]] = {}
        wanted = word.encode("utf-8", "replace")
        for segment in self.segments:
            lists = segment.field(field)
            for number, edits in within(
                segment.columns[f"{field}.terms"],
                segment.columns[f"{field}.term_at"],
                wanted,
                distance,
                prefix,
            ):
                term = lists.term(number).decode()
                found[term] = (edits, lists.doc_freq(number) + found.get(term, (0, 0))[1])
        return dict(sorted(found.items()))

    def near(self, word: str, least: float, most: int) -> list[tuple[str, float, int]]:
        """The ``most`` terms spelt most like ``word`` (itself apart), if their Dice coefficient
        is ``least`` or more: with that, and the documents that hold them. Nearest first,
        frequent before rare."""
        found: list[tuple[str, float, int]] = nearest(
            self._spellings, word.encode("utf-8", "replace"), least, most
        )
        return found

    def acronyms(self) -> dict[tuple[str, str], int]:
        """(short, long) form to how many articles' passages explain it so."""
        counts: dict[tuple[str, str], int] = {}
        for segment in self.segments:
            for short, long, count in segment.acronyms():
                counts[short, long] = counts.get((short, long), 0) + count
        return counts

    # ---- documents ---------------------------------------------------------------------

    def find(self, article_id: str) -> tuple[Segment, int] | None:
        """Where an article is."""
        for segment in reversed(self.segments):
            doc = segment.doc_of(article_id)
            if doc is not None:
                return segment, doc
        return None
