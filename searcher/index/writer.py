"""Batches of articles to segments, and commits. One writer at a time.

Articles come in rounds, after each of which their words are analysed (``index.batch``). They
wait in memory until a batch is full, then become a segment file; nothing of it belongs to
the index before :meth:`Writer.commit`. An exception, or a kill, leaves the
state of the last commit; the files of an unfinished one are swept by the next writer.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self
from zlib import crc32

from searcher.analysis import Analyzer
from searcher.article import FIELDS, Article
from searcher.errors import (
    IndexError_,
    IndexMissing,
    IndexNotWritten,
    IndexRules,
)
from searcher.index import build, manifest
from searcher.index.batch import Around, Batch, Prepared, check_words, prepare
from searcher.index.layout import write_columns
from searcher.index.lock import WriteLock
from searcher.index.manifest import Manifest, SegmentEntry
from searcher.index.segment import Segment
from searcher.index.settings import resolve
from searcher.index.words import WordTable
from searcher.kernels.columns import summed
from searcher.values import replace

if TYPE_CHECKING:
    from searcher.index.workers import Workers

#: Megabytes a build may use, the share of them for what waits to become a segment with the
#: words that are remembered of it, and for the words remembered from batch to batch.
MEMORY, BATCH_SHARE, WORDS_SHARE = 512, 0.8, 0.4
#: The share for a round of every worker, by the weight of its articles.
ROUND_SHARE = 0.34
#: What a process takes before there are any articles.
PROCESS_BYTES = 45 << 20
#: What a distinct word takes, its terms included.
WORD_BYTES = 230
#: What a round's weight is to its words, about.
WEIGHT_OF_WORD = 55
#: No segment is merged to hold more documents.
MAX_DOCUMENTS = 1 << 30
#: Segments of about equal size are merged when there are so many side by side ...
MERGE_AT = 4
#: ... unless the result had more documents: a merge holds their postings in memory.
MERGE_DOCUMENTS = 300_000
#: A segment is rewritten when the average length that its norms refer to is so many times
#: as long as that of the index, or the reverse, in a field that an unqualified word reads.
DRIFT, DRIFTING = 1.1, ("text", "title")
#: How much the stored articles are compressed against, and what it is learned from.
DICTIONARY_BYTES, DICTIONARY_SAMPLES, SAMPLE_BYTES = 512 * 1024, 2000, 8192
#: Segments of a sample that zstd weighs, and what it hashes to find them. Left to search
#: for the best, it takes five times as long for no fewer bytes.
SEGMENT_BYTES, HASHED_BYTES = 256, 8
#: Fewer articles are not learned from.
LEAST_SAMPLES = 400


#: Bits that tell whether an id can be in a segment of this build.
_SLOTS = (1 << 23) - 1


class _Places:
    """Where the articles of a batch stand in it, until it is a segment of the index.

    ``waiting`` are the places of the live ones by id, ``dead`` those of the others,
    ``digests`` has a value a place. ``name`` is the segment's, once the batch is being
    written; ``last`` tells that the batches after it shall not become one segment with it.
    """

    __slots__ = ("dead", "digests", "last", "name", "waiting")

    def __init__(self) -> None:
        self.name = ""
        self.last = False
        self.waiting: dict[str, int] = {}
        self.digests = array("Q")
        self.dead: set[int] = set()


class Writer:
    """Adds, replaces and deletes articles; the index changes at :meth:`commit` only.

    ``with Writer(…) as writer:`` commits at the end, or not at all on an exception.
    ``settings`` are a user's edits of the rules (``index.settings``); None keeps those of
    the index where it exists. ``fresh`` starts from nothing and replaces the old index at
    the first commit. Raises IndexLocked, IndexRules (the terms would differ), what reading
    an index raises, and IndexNotWritten when the system refuses a write: the index is then
    as it was after the last commit, and this writer of no more use.

    ``memory`` are the megabytes that a build may use. ``workers`` is the number of processes
    that turn articles into segments; with one, the default, this process does. The index
    is the same with one and with two; with more, rounds are smaller. They start when there
    is work for them, so that a few articles do not wait; all together keep to ``memory``.

    A writer is for one thread at a time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        k1: float | None = None,
        b: float | None = None,
        fresh: bool = False,
        wait: float = 60.0,
        memory: int = MEMORY,
        workers: int = 1,
    ) -> None:
        self.directory = directory
        self._n_workers = max(1, workers)
        self._workers: Workers | None = None
        room = memory << 20
        # The rounds are those of two workers at least: what is one article's neighbour in a
        # round must not depend on the processors that a machine has.
        share = min(ROUND_SHARE, BATCH_SHARE)
        self._round_bytes = max(1, int(room * share / max(2, self._n_workers)))
        processes = self._n_workers + (self._n_workers > 1)
        left = room - PROCESS_BYTES * (processes if room > PROCESS_BYTES * 4 else 0)
        self._batch_bytes = left * BATCH_SHARE
        self._table_words = int(left * WORDS_SHARE / self._n_workers) // WORD_BYTES
        self._lock = WriteLock(directory, wait)
        self._failed: BaseException | None = None
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            self._open(settings, k1, b, fresh)
        except OSError as error:
            self._lock.release()
            raise IndexNotWritten(directory, _told(error)) from error
        except BaseException:
            self._lock.release()
            raise

    def _open(
        self, settings: Mapping[str, Any] | None, k1: float | None, b: float | None, fresh: bool
    ) -> None:
        readable = True
        try:
            self._committed = manifest.load(self.directory)
        except IndexMissing:
            self._committed = Manifest()
        except IndexError_:
            if not fresh:
                raise
            # Another version, or a later repair, may still read what is there: it stays
            # until this writer has committed.
            readable = False
            self._committed = Manifest()
        new = fresh or not self._committed.generation
        state = self._committed
        rules = state.settings
        if new or settings is not None:
            rules = resolve(settings)
        analyzer = Analyzer(rules["tokens"])
        if new:
            state = Manifest(
                generation=state.generation,
                next_segment=max(state.next_segment, self._unused_number()),
                settings=rules,
                fingerprint=analyzer.fingerprint,
                k1=0.9 if k1 is None else k1,
                b=0.85 if b is None else b,
            )
        elif rules != state.settings:
            if (analyzer.fingerprint, rules["glue"]) != (state.fingerprint, state.settings["glue"]):
                raise IndexRules(self.directory)
            state = replace(state, settings=rules)
        self._state: Manifest = self._sound(state)
        state = self._state
        self._analyzer = analyzer
        self._dictionary = b""
        if state.dictionary:
            self._dictionary = manifest.read(self.directory, state, state.dictionary)
        self._segments = [
            Segment(self.directory, entry, self._dictionary) for entry in state.segments
        ]
        self._live: list[bytearray | None] = [None] * len(self._segments)
        self._fresh = 0  # segments since the last commit, the last ones of all
        self._runs = [0]  # how many of them, one after the other, shall become one
        self._run_docs = 0  # the documents of the last run
        self._written = bytearray((_SLOTS + 1) >> 3)  # a bit for each id that may be in them
        self._batch = Batch(WordTable(analyzer))
        self._catalogue: Any = None
        self._catalogue_changed = fresh
        self._changed = fresh or (state is not self._committed and not new)
        self._sent: list[_Places] = []  # what the workers have, oldest first
        self._held: list[Prepared] = []  # what they shall have once there is a dictionary
        self._fresh_weight = 0
        self._places = _Places()
        self._weight = self._round_docs = 0  # of the articles since the last round
        self._taken = 0  # by the batch when that round ended, in bytes
        if readable:
            self._sweep()

    def _sound(self, state: Manifest) -> Manifest:
        """What of the committed state to begin with: all of it, but for a repair."""
        return state

    def _unused_number(self) -> int:
        """A segment number no file in the directory has, should the manifest be lost."""
        numbers = [0]
        for path in self.directory.glob("segment-*"):
            digits = path.name.removeprefix("segment-").split(".")[0]
            if digits.isascii() and digits.isdigit():
                numbers.append(int(digits))
        return max(numbers) + 1

    # ---- what callers do ---------------------------------------------------------------

    def add(self, article: Article) -> None:
        """Add an article, replacing the one with its id. Raises ArticleRejected."""
        self._usable()
        prepared = prepare(article)
        check_words(prepared)
        self.delete(article.id)
        # Nothing from here on can fail for what the article says: a batch is never half filled.
        self._places.waiting[article.id] = len(self._places.digests)
        self._places.digests.append(prepared.digest)
        self._weight += prepared.weight
        self._round_docs += 1
        self._changed = True
        try:
            if self._n_workers == 1:
                self._batch.add(prepared)
            elif self._workers is not None and self._dictionary and not self._held:
                self._workers.add(prepared)
            else:
                self._held.append(prepared)
                if self._workers is None and 4 * self._weight >= self._round_bytes:
                    from searcher.index.workers import Workers

                    self._workers = Workers(
                        self._n_workers, self.directory, self._state.settings, self._table_words
                    )
            if self._weight >= self._round_bytes:
                self._end_round()
        except BaseException as error:
            self._fail(error)

    def delete(self, article_id: str) -> bool:
        """Delete an article; False when the index has none with that id."""
        self._usable()
        for places in (self._places, *reversed(self._sent)):
            if (place := places.waiting.pop(article_id, None)) is not None:
                places.dead.add(place)
                self._changed = True
                return True
        found = self._find(article_id)
        if found is None:
            return False
        number, doc = found
        live = self._live[number]
        if live is None:
            segment = self._segments[number]
            live = (
                bytearray(segment.live)
                if segment.live is not None
                else bytearray(b"\1") * segment.n_docs
            )
            self._live[number] = live
        live[doc] = 0
        self._changed = True
        return True

    def digest(self, article_id: str) -> int | None:
        """``Article.digest`` of the article as it would be after a commit now, or None."""
        for places in (self._places, *reversed(self._sent)):
            if (place := places.waiting.get(article_id)) is not None:
                return places.digests[place]
        found = self._find(article_id)
        if found is None:
            return None
        digest: int = self._segments[found[0]].columns["digests"][found[1]]
        return digest

    def __contains__(self, article_id: str) -> bool:
        return self.digest(article_id) is not None

    def __len__(self) -> int:
        """How many articles there would be after a commit now."""
        total = sum(len(places.waiting) for places in (self._places, *self._sent))
        for segment, live in zip(self._segments, self._live, strict=True):
            alive = live if live is not None else segment.live
            total += segment.n_docs if alive is None else sum(alive)
        return total

    @property
    def catalogue(self) -> Any:
        """What ingest keeps with the index: any JSON value, None at first."""
        if self._catalogue is None and self._state.catalogue:
            import zstandard

            data = manifest.read(self.directory, self._state, self._state.catalogue)
            self._catalogue = json.loads(zstandard.ZstdDecompressor().decompress(data))
        return self._catalogue

    @catalogue.setter
    def catalogue(self, value: Any) -> None:
        self._catalogue = value
        self._catalogue_changed = True
        self._changed = True

    def commit(self) -> bool:
        """Make all changes durable and visible, at once; False when there were none."""
        self._usable()
        if not self._changed:
            return False
        try:
            self._flush()
            self._receive_all()
            if self._fresh > 1:
                self._end_workers()
                self._batch = Batch(WordTable(self._analyzer))  # a merge needs the memory more
                self._taken = 0
            self._merge()
            self._write_live()
            self._write_roots()
            if self._catalogue_changed:
                self._write_catalogue()
            files = self._state.files()
            sums = {name: crc for name, crc in self._state.sums.items() if name in files}
            state = replace(self._state, sums=sums)
            self._committed = self._state = manifest.store(self.directory, state)
        except BaseException as error:
            self._fail(error)
        self._changed = False
        self._fresh_weight = 0
        self._sweep()
        return True

    def _fail(self, error: BaseException) -> NoReturn:
        """What the system refuses becomes IndexNotWritten; and after any failure, whose
        traces in this object nobody has counted, the writer is of no more use."""
        self._failed = error
        if isinstance(error, OSError):
            self._failed = IndexNotWritten(self.directory, _told(error))
            raise self._failed from error
        raise error

    def _usable(self) -> None:
        if self._failed is not None:
            raise IndexNotWritten(self.directory, "this writer has failed before")

    def close(self) -> None:
        """Let the next writer in; what was not committed is dropped."""
        self._end_workers()
        self._lock.release()

    def _end_workers(self) -> None:
        if self._workers is not None:
            self._workers.close()
            self._workers = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    # ---- batches -----------------------------------------------------------------------

    def _find(self, article_id: str) -> tuple[int, int] | None:
        """(segment, document) of an article already in a segment."""
        last = len(self._segments)
        slot = hash(article_id) & _SLOTS
        if not self._written[slot >> 3] >> (slot & 7) & 1:
            last -= self._fresh  # a long build has many, and most articles are in none
        for number in range(last - 1, -1, -1):
            doc = self._segments[number].doc_of(article_id, self._live[number])
            if doc is not None:
                return number, doc
        return None

    def _end_round(self) -> None:
        """Let the articles since the last round wait for their segment, or a worker have them."""
        if not self._weight:
            return
        if not self._dictionary:
            self._make_dictionary([each.stored for each in self._held] or self._batch.stored)
        held, self._held = self._held, []
        self._run_docs += self._round_docs
        self._fresh_weight += self._weight
        # A round too many does no harm; a last segment of a few articles would.
        self._places.last = self._run_docs >= min(MERGE_DOCUMENTS, MAX_DOCUMENTS)
        if self._places.last:
            self._run_docs = 0
        self._weight = self._round_docs = 0
        if self._workers is not None:
            for prepared in held:
                self._workers.add(prepared)
            self._hand_over()
            return
        for prepared in held:
            self._batch.add(prepared)
        self._batch.settle(self._state.settings["glue"], self._words(), self._dictionary)
        before, self._taken = self._taken, self._taken_now()
        if self._places.last or 2 * self._taken - before > self._batch_bytes:
            self._flush()

    def _flush(self) -> None:
        """Make what waits a segment, not yet part of the index."""
        self._end_round()
        if self._places.digests:
            batch, around = self._batch, self._around()
            entry = self._new_entry(lambda path: batch.write(path, around))
            self._take_in(entry, self._places)
            self._batch = self._batch.next(self._table_words)
            self._places = _Places()
            self._taken = self._taken_now()

    def _taken_now(self) -> int:
        """About the memory that the batch takes while it is written, in bytes."""
        return self._batch.n_bytes + WORD_BYTES * self._batch.table.n_raws

    def _hand_over(self) -> None:
        """Have a worker write the articles it was given; the next one's turn begins."""
        assert self._workers is not None
        name = f"segment-{self._state.next_segment:08d}.seg"
        self._state = replace(self._state, next_segment=self._state.next_segment + 1)
        # A worker whose writer has died may yet write: not to a name that the next one uses.
        self._workers.write(f"{name}.{os.urandom(8).hex()}", self._around())
        self._places.name = name
        self._sent.append(self._places)
        self._places = _Places()
        # No worker is given a batch while it writes another: its pipe would hold up all.
        while not self._workers.free:
            self._receive()

    def _receive(self) -> None:
        """Take in the oldest batch of the workers'."""
        assert self._workers is not None
        written = self._workers.written()
        assert written is not None
        sent = self._sent.pop(0)
        os.replace(self.directory / written.name, self.directory / sent.name)
        entry = SegmentEntry(sent.name, written.n_docs, written.size)
        self._state = replace(self._state, segments=(*self._state.segments, entry))
        self._take_in(entry, sent)

    def _receive_all(self) -> None:
        while self._sent:
            self._receive()

    def _take_in(self, entry: SegmentEntry, places: _Places) -> None:
        """Count a written batch among the segments, without what was deleted meanwhile."""
        self._segments.append(Segment(self.directory, entry, self._dictionary))
        live = None
        if places.dead:
            live = bytearray(b"\1") * entry.n_docs
            for place in places.dead:
                live[place] = 0
        self._live.append(live)
        self._fresh += 1
        self._runs[-1] += 1
        if places.last:
            self._runs.append(0)
        for article_id in places.waiting:
            slot = hash(article_id) & _SLOTS
            self._written[slot >> 3] |= 1 << (slot & 7)

    def _around(self) -> Around:
        """What the present batch must know of the index."""
        old = len(self._segments) - self._fresh
        return Around(
            self._state.k1,
            self._state.b,
            self._state.settings["glue"],
            {field: self._total(field, old) for field in FIELDS},
            self._words(),
            self._dictionary,
        )

    def _words(self) -> int:
        """About how many words the index has, those of the present round included.

        Of the rounds before it only their weight is known alike to every number of workers.
        """
        old = self._segments[: len(self._segments) - self._fresh]
        words = sum(s.header["pivots"]["text"] * s.n_docs for s in old)
        return int(words) + self._fresh_weight // WEIGHT_OF_WORD

    def _new_entry(self, write: Any) -> SegmentEntry:
        """Have ``write(path)`` fill the next segment file; its entry joins the state."""
        name = f"segment-{self._state.next_segment:08d}.seg"
        n_docs, size = write(self.directory / name)
        entry = SegmentEntry(name, n_docs, size)
        self._state = replace(
            self._state,
            next_segment=self._state.next_segment + 1,
            segments=(*self._state.segments, entry),
        )
        return entry

    def _make_dictionary(self, articles: Sequence[bytes]) -> None:
        """What articles have in common, learned from the first batch: a tenth of their size.

        A few articles teach nothing; of them, the text itself serves.
        """
        import zstandard

        step = -(-len(articles) // DICTIONARY_SAMPLES)
        samples: list[Any] = [article[:SAMPLE_BYTES] for article in articles[::step]]
        dictionary = b"".join(samples)[: DICTIONARY_BYTES // 2] or b" "
        if len(samples) >= LEAST_SAMPLES:
            with suppress(zstandard.ZstdError):
                dictionary = zstandard.train_dictionary(
                    DICTIONARY_BYTES, samples, k=SEGMENT_BYTES, d=HASHED_BYTES
                ).as_bytes()
        self._dictionary = dictionary
        name = f"text-{self._state.next_segment:08d}.zdict"
        self._write_plain(name, self._dictionary)
        self._state = replace(self._state, dictionary=name)

    def _write_plain(self, name: str, data: bytes) -> None:
        """Write a file whose checksum goes into the manifest, durably."""
        with open(self.directory / name, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._state = replace(self._state, sums={**self._state.sums, name: crc32(data)})

    def _total(self, field: str, end: int | None = None) -> tuple[int, int]:
        """The summed lengths of the live documents in a field, and how many they are."""
        added = n_docs = 0
        for i, segment in enumerate(self._segments[:end]):
            its, n = summed(segment.columns[f"lengths.{field}"], self._alive(i))
            added += its
            n_docs += n
        return added, n_docs

    def _average(self, field: str) -> float:
        """The average length of the live documents in a field."""
        added, n_docs = self._total(field)
        return added / n_docs if n_docs else 0.0

    # ---- commits -----------------------------------------------------------------------

    def _alive(self, number: int) -> Any:
        live = self._live[number]
        return live if live is not None else self._segments[number].live

    def _merge(self) -> None:
        """Keep few segments: merge what this commit adds, merge a tier that is full, rewrite
        what is mostly deleted.

        None of it changes which documents live, so the average lengths stay what they are.
        """
        pivots = {field: self._average(field) for field in DRIFTING}
        end = len(self._segments)
        for n in reversed(self._runs):
            end -= n
            # However many batches it took, it becomes what one would have been.
            if n > 1 or (n == 1 and self._alive(end) is not None):
                self._rewrite(range(end, end + n))
        self._fresh, self._runs, self._run_docs = 0, [0], 0
        while chosen := self._to_merge(pivots):
            self._rewrite(chosen)

    def _rewrite(self, chosen: range) -> None:
        """Make one segment of the live documents of some, or none where there are none."""
        from searcher.index.merge import merge  # and NumPy with it, which takes a while

        here = slice(chosen.start, chosen.stop)
        segments = self._segments[here]
        # What is merged gets new checksums: damage must not be sealed with them.
        for segment in segments:
            segment.verify()
        live = [self._alive(i) for i in chosen]
        pivots = {field: self._average(field) for field in FIELDS}
        k1, b = self._state.k1, self._state.b
        entry = self._new_entry(lambda path: merge(path, segments, live, k1, b, pivots))
        entries = list(self._state.segments[:-1])
        kept = [entry] if entry.n_docs else []
        entries[here] = kept
        self._segments[here] = [Segment(self.directory, each, self._dictionary) for each in kept]
        self._live[here] = [None for _ in kept]
        self._state = replace(self._state, segments=tuple(entries))

    def _to_merge(self, pivots: Mapping[str, float]) -> range:
        """Segment numbers to make one of; none when all is well.

        Document order decides ties, so only neighbours are merged.
        """
        sizes = []
        for i, segment in enumerate(self._segments):
            alive = self._alive(i)
            n = segment.n_docs if alive is None else sum(alive)
            if alive is not None and 2 * n < segment.n_docs:
                return range(i, i + 1)
            for field in DRIFTING:
                ours, now = segment.header["pivots"][field], pivots[field]
                if max(ours, now) > DRIFT * min(ours, now):
                    return range(i, i + 1)
            sizes.append(n)
        limit = min(MERGE_DOCUMENTS, MAX_DOCUMENTS)
        tiers = [_tier(n) for n in sizes]
        for end in range(len(tiers), 0, -1):
            start = end - 1
            while start > 0 and tiers[start - 1] <= tiers[end - 1]:
                if sum(sizes[start - 1 : end]) > limit:
                    break
                start -= 1
            if end - start >= MERGE_AT:
                return range(start, end)
        return range(0)

    def _write_live(self) -> None:
        """Write which documents live, for each segment where that changed."""
        entries = list(self._state.segments)
        for i, live in enumerate(self._live):
            if live is None:
                continue
            name = f"{entries[i].name.removesuffix('.seg')}.live-{self._state.generation + 1}"
            write_columns(self.directory / name, {"n_docs": len(live)}, {"live": live})
            entries[i] = replace(entries[i], live=name, n_deleted=len(live) - sum(live))
            self._segments[i] = Segment(self.directory, entries[i], self._dictionary)
            self._live[i] = None
        self._state = replace(self._state, segments=tuple(entries))

    def _write_roots(self) -> None:
        """Write the word families of each segment that has none under these rules."""
        from searcher.analysis import affixes, roots
        from searcher.kernels import postings
        from searcher.kernels.affixes import Affixes

        kernel = Affixes(affixes)
        rules = roots.Roots(self._state.settings["roots"], candidates=kernel.candidates)
        segments = [segment.field("text") for segment in self._segments]
        limits = roots.SHORTEST_AFFIXED, roots.SHORTEST_UNLISTED, roots.COMMON

        def doc_freq(word: str) -> int:
            found: int = postings.doc_freq(segments, word.encode())
            return found

        entries = list(self._state.segments)
        for i, entry in enumerate(entries):
            name = f"{entry.name.removesuffix('.seg')}.roots-{rules.fingerprint}"
            if entry.roots == name:
                continue
            terms = kernel.keep(segments[i], rules.listed, doc_freq, *limits)
            columns = build.roots_columns(terms, lambda term: rules.root(term, doc_freq))
            write_columns(self.directory / name, {"rules": rules.fingerprint}, columns)
            entries[i] = replace(entry, roots=name)
            self._segments[i] = Segment(self.directory, entries[i], self._dictionary)
        self._state = replace(self._state, segments=tuple(entries))

    def _write_catalogue(self) -> None:
        import zstandard

        name = f"catalogue-{self._state.generation + 1}.json.zst"
        data = json.dumps(self._catalogue, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        self._write_plain(name, zstandard.ZstdCompressor().compress(data))
        self._state = replace(self._state, catalogue=name)
        self._catalogue_changed = False

    def _sweep(self) -> None:
        """Remove the files that neither the committed state nor this writer's names.

        Only what an index calls its files: the directory may hold others' as well.
        """
        keep = self._committed.files() | self._state.files()
        for path in self.directory.iterdir():
            name = path.name
            if name not in keep and (
                manifest.FILE_NAME.fullmatch(name) or name == manifest.NAME + ".new"
            ):
                # A reader on Windows has it open, or it is no file: the next writer may.
                with suppress(OSError):
                    path.unlink()


def _tier(n_docs: int) -> int:
    """Sizes within a factor of four share a tier; everything below 1,000 is the lowest."""
    tier = 0
    while n_docs >= 1000:
        n_docs //= 4
        tier += 1
    return tier


def _told(error: OSError) -> str:
    """What the system said, with the name of the file alone."""
    what = error.strerror or str(error)
    return f"{Path(error.filename).name}: {what}" if error.filename else what
