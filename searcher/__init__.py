"""Full-text search for Indonesian news.

>>> import searcher, tempfile
>>> with tempfile.TemporaryDirectory() as directory:
...     index = searcher.create_index(directory)
...     with index.writer() as writer:
...         writer.add(searcher.Article(id="a1", title="Ekspor kopi naik",
...             body="Petani mengekspor kopi dari Medan."))
...     for hit in index.search("ekspor"):
...         print(hit.rank, hit.id, hit.snippet.html())
1 a1 Petani <mark>mengekspor</mark> kopi dari Medan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from searcher.article import Article
    from searcher.backends.embedded import Index, create_index, open_index
    from searcher.errors import SearcherError
    from searcher.results import Hit, Results, Snippet

__all__ = [
    "Article",
    "Hit",
    "Index",
    "Results",
    "SearcherError",
    "Snippet",
    "create_index",
    "open_index",
]

# Importing the package must not import what a caller does not use: the command line
# starts in the time of what it needs.
_HOMES = {
    "Article": "searcher.article",
    "Hit": "searcher.results",
    "Index": "searcher.backends.embedded",
    "Results": "searcher.results",
    "SearcherError": "searcher.errors",
    "Snippet": "searcher.results",
    "create_index": "searcher.backends.embedded",
    "open_index": "searcher.backends.embedded",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'searcher' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
