"""What of a damaged index can be kept, without the files it was made from.

Word families can be computed again. A damaged segment is dropped, and the articles that
can still be read from it (each carries its own checksum) are added anew, in one commit: a
kill meanwhile loses nothing that could be saved. The rest is a matter of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

from searcher.article import Article
from searcher.errors import IndexCorrupt
from searcher.index import check, manifest
from searcher.index.check import Damage
from searcher.index.layout import ColumnFile
from searcher.index.manifest import Manifest, SegmentEntry
from searcher.index.segment import Segment, id_hash
from searcher.index.writer import Writer
from searcher.values import Value, replace


class Mended(Value, kw_only=True):
    """What :func:`mend` did.

    ``saved`` articles were read out of damaged segments; ``lost`` are the ids of those that
    could not be, as far as the ids could be read, and ``lost_count`` how many they are with
    those whose ids are unknown too. ``hopeless``: nothing was changed, because nothing can
    be read without the file that is damaged; build the index anew.
    """

    damages: tuple[Damage, ...] = ()
    saved: int = 0
    lost: tuple[str, ...] = ()
    lost_count: int = 0
    hopeless: bool = False


#: The ids that a catalogue says the files gave, None without a catalogue.
FilesHave = Callable[[Any], Container[str] | None]


def mend(
    directory: Path,
    *,
    files_have: FilesHave = lambda _: None,
    before_commit: Callable[[Writer], object] = lambda _: None,
    wait: float = 60.0,
) -> Mended:
    """Make a damaged index sound again with what can be read of it.

    The catalogue is another's business: ``files_have`` reads it, and ``before_commit`` is
    called with the writer when all that can be saved is in it. Raises what opening a writer
    raises, but for damage.
    """
    damages = tuple(check.problems(directory))
    if not damages:
        return Mended()
    if damages[0].file == manifest.NAME:
        return Mended(damages=damages, hopeless=True)
    wrong = {damage.file for damage in damages}
    if manifest.load(directory).dictionary in wrong:
        # All stored articles are compressed against it. Their ids can be told, though.
        ids = tuple(_ids(directory, manifest.load(directory)))
        return Mended(damages=damages, hopeless=True, lost=ids, lost_count=len(ids))
    with _Mender(directory, wrong, wait) as writer:
        saved = 0
        lost: list[str] = []
        lost_count = 0
        for entry in writer.dropped:
            for found in _articles(directory, entry, wrong, writer, files_have):
                if isinstance(found, Article):
                    writer.add(found)
                    saved += 1
                else:
                    lost_count += 1
                    lost += [found] if found else []
        before_commit(writer)
    return Mended(damages=damages, saved=saved, lost=tuple(lost), lost_count=lost_count)


class _Mender(Writer):
    """A writer that begins with what is sound and drops the rest at its commit."""

    def __init__(self, directory: Path, wrong: set[str], wait: float) -> None:
        self._wrong = wrong
        self.dropped: list[SegmentEntry] = []
        super().__init__(directory, wait=wait)
        self._changed = True

    @property
    def dictionary(self) -> bytes:
        return self._dictionary

    def _sound(self, state: Manifest) -> Manifest:
        kept = []
        for entry in state.segments:
            if entry.name in self._wrong or entry.live in self._wrong:
                # The newest first: of an article in two, that is the one that counts.
                self.dropped.insert(0, entry)
            elif entry.roots in self._wrong:
                kept.append(replace(entry, roots=None))
            else:
                kept.append(entry)
        catalogue = None if state.catalogue in self._wrong else state.catalogue
        return replace(state, segments=tuple(kept), catalogue=catalogue)


def _ids(directory: Path, state: Manifest) -> Iterator[str]:
    """The ids of the live articles, where they can be read."""
    for entry in state.segments:
        try:
            segment = Segment(directory, entry, b"")
            yield from (segment.id(doc) for doc in segment.docs())
        except (IndexCorrupt, OSError):
            continue


def _articles(
    directory: Path,
    entry: SegmentEntry,
    wrong: set[str],
    writer: _Mender,
    files_have: FilesHave,
) -> Iterator[Article | str]:
    """Each live article of a damaged segment or, where it cannot be read, its id ("" if that
    cannot be read either)."""
    live = None
    if entry.live and entry.live not in wrong:
        live = ColumnFile(directory / entry.live).columns["live"]
    try:
        segment = Segment(directory, replace(entry, live=None, roots=None), writer.dictionary)
    except (IndexCorrupt, OSError):
        for _ in range(entry.n_docs - entry.n_deleted):
            yield ""
        return
    hashes = set(segment.columns["id_hashes"])
    known = None
    if entry.live in wrong:
        # Nobody knows what was deleted. Of an article in several states the newest lives;
        # one that no file is known to have given is taken for deleted.
        known = files_have(writer.catalogue)
    # The last of one id within a segment is the newest.
    for doc in reversed(range(segment.n_docs)):
        if live is not None and not live[doc]:
            continue
        try:
            article = segment.article(doc)
            sound = article.digest() == segment.columns["digests"][doc]
        except IndexCorrupt:
            sound = False
        if sound:
            if article.id not in writer and (known is None or article.id in known):
                yield article
            continue
        try:
            article_id = segment.id(doc)
        except IndexCorrupt:
            article_id = ""
        article_id = article_id if id_hash(article_id) in hashes else ""
        if known is None or article_id in known:
            yield article_id
