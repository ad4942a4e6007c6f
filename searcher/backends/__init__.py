"""What answers a search: one small protocol, and what implements it.

A backend adds, deletes, commits, searches, gets and tells its figures. The embedded
index implements it here; a cluster can, because plans and articles are plain values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Protocol

from searcher.article import Article
from searcher.results import Results, Sort


class ArticleWriter(Protocol):
    """What a backend's ``writer()`` gives: changes that become visible together."""

    def add(self, article: Article) -> None:
        """Add an article, replacing the one with its id."""

    def delete(self, article_id: str) -> bool:
        """Delete an article; False when there is none with that id."""

    def commit(self) -> bool:
        """Make the changes durable and visible; False when there were none."""


class Backend(Protocol):
    """A collection of articles that can be searched."""

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        offset: int = 0,
        sort: Sort = "relevance",
        since: date | None = None,
        until: date | None = None,
        profile: str = "default",
        options: Mapping[str, object] | None = None,
        snippets: bool = True,
        facets: Sequence[str] = (),
    ) -> Results:
        """Answer a query."""

    def get(self, article_id: str) -> Article:
        """One article. Raises ArticleNotFound."""

    def articles(self) -> Iterator[Article]:
        """All articles."""

    def stats(self) -> dict[str, Any]:
        """Figures about the collection."""

    def writer(self) -> AbstractContextManager[ArticleWriter]:
        """Changes, committed at the end of the block or not at all."""

    def __len__(self) -> int: ...
