"""What is evaluated: an index under one ranking, found or built for the occasion.

A corpus is indexed into a temporary directory with the k1 and b of the ranking, which an
index cannot change afterwards; two rankings that agree on them share one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from searcher.backends.embedded import Index, open_index
from searcher.evaluate import Search
from searcher.query.ranking import ranking

if TYPE_CHECKING:
    from searcher.index.writer import Writer
    from searcher.ingest import Progress, Report


class System(NamedTuple):
    """A ranking profile with settings of its own, as one of two that are compared."""

    profile: str
    options: Mapping[str, object]

    @property
    def name(self) -> str:
        """What reports call it: the profile and what was set, without spaces.

        >>> System("default", {"families": False}).name
        'default,families=false'
        """
        shown = (
            f"{name}={str(value).lower() if isinstance(value, bool) else value}"
            for name, value in self.options.items()
        )
        return ",".join((self.profile, *shown))

    @property
    def fixed(self) -> tuple[float, float]:
        """The k1 and b that an index must be built with. Raises ConfigError."""
        settings = ranking(self.profile, self.options)
        return settings.k1, settings.b

    def search(self, index: Index) -> Search:
        """The search function of an index under this ranking."""

        def search(text: str, limit: int) -> list[tuple[str, float]]:
            results = index.search(
                text, limit=limit, profile=self.profile, options=self.options, snippets=False
            )
            return [(hit.id, hit.score) for hit in results]

        return search


def fixed_in(index: Index) -> tuple[float, float]:
    """The k1 and b that an index was built with."""
    state = index.view.snapshot.manifest
    return state.k1, state.b


class Bench:
    """The indexes of one evaluation; a context manager that removes what it built.

    ``analysis`` and ``reader`` are the settings a corpus is indexed with, ``told`` gets the
    report of each build, ``progress`` makes a callback for the build's progress.
    """

    def __init__(
        self,
        corpus: Path | None,
        index: Path | None,
        *,
        analysis: Mapping[str, Any] | None = None,
        reader: Mapping[str, Any] | None = None,
        told: Callable[[Report], None] = lambda report: None,
        progress: Progress | None = None,
    ) -> None:
        self._corpus = corpus
        self._index = index
        self._analysis = analysis
        self._reader = reader
        self._told = told
        self._progress = progress
        self._built: dict[tuple[float, float], Index] = {}
        self._directory: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._built.clear()
        if self._directory is not None:
            self._directory.cleanup()

    def index(self, system: System) -> Index:
        """The index for a system. Raises IndexMissing and what reading a corpus raises."""
        if self._corpus is None:
            assert self._index is not None
            return open_index(self._index)
        index = self._built.get(system.fixed)
        if index is None:
            index = self._built[system.fixed] = self._build(*system.fixed)
        return index

    def _build(self, k1: float, b: float) -> Index:
        from searcher.ingest import update

        assert self._corpus is not None
        if self._directory is None:
            self._directory = TemporaryDirectory(prefix="searcher-eval-")
        path = Path(self._directory.name, str(len(self._built)))
        report = update(
            _New(path, self._analysis, k1, b),
            [self._corpus],
            settings=self._reader,
            progress=self._progress,
        )
        self._told(report)
        return open_index(path)


class _New:
    """An index to be made, as ingest sees it."""

    def __init__(self, path: Path, analysis: Mapping[str, Any] | None, k1: float, b: float) -> None:
        self._path = path
        self._analysis = analysis or None
        self._k1 = k1
        self._b = b

    def writer(self) -> Writer:
        from searcher.index.writer import Writer

        return Writer(self._path, settings=self._analysis, k1=self._k1, b=self._b, fresh=True)
