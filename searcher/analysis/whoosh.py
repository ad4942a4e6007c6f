"""The analyzer as Whoosh's own kind, for Whoosh's parser, schema and highlighter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from whoosh.analysis import Analyzer as WhooshAnalyzer
from whoosh.analysis import Token as WhooshToken

from searcher.analysis import Analyzer


class IndonesianAnalyzer(WhooshAnalyzer):  # type: ignore[misc]  # whoosh is not typed
    """Yields the tokens of :class:`searcher.analysis.Analyzer`, whole and in parts.

    >>> [t.text for t in IndonesianAnalyzer()("Pemkot di-PHK", mode="index")]
    ['pemkot', 'di-phk', 'di', 'phk']
    """

    def __init__(self, analyzer: Analyzer | None = None) -> None:
        self.analyzer = analyzer or Analyzer()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, IndonesianAnalyzer)
            and other.analyzer.fingerprint == self.analyzer.fingerprint
        )

    def __hash__(self) -> int:
        return hash(self.analyzer.fingerprint)

    def __getstate__(self) -> Mapping[str, Any]:
        return self.analyzer.settings

    def __setstate__(self, settings: Mapping[str, Any]) -> None:
        self.analyzer = Analyzer(settings)

    def __call__(
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        keeporiginal: bool = False,
        removestops: bool = True,
        start_pos: int = 0,
        start_char: int = 0,
        mode: str = "",
        **kwargs: Any,
    ) -> Iterator[WhooshToken]:
        """Tokens of ``value``; one object, filled anew each time, as Whoosh wants it.

        ``removestops`` changes nothing: every word is kept, and what a stop word weighs is
        for the score.
        """
        token = WhooshToken(positions, chars, removestops=removestops, mode=mode, **kwargs)
        for placed in self.analyzer.analyze(value):
            token.text = placed.term
            token.boost = 1.0
            token.stopped = False
            if keeporiginal:
                token.original = value[placed.start : placed.end]
            if positions:
                token.pos = start_pos + placed.position
            if chars:
                token.startchar = start_char + placed.start
                token.endchar = start_char + placed.end
            yield token
