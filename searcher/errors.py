"""Every error the library raises on purpose, one tree.

::

    SearcherError
    ├── ConfigError        a setting is unknown or has an impossible value
    ├── IndexError_        something about the index directory
    │   ├── IndexMissing     there is none there
    │   ├── IndexVersion     written by a format this version does not read
    │   ├── IndexRules       made with other analysis rules than are set now
    │   ├── IndexCorrupt     bytes are not what was written
    │   ├── IndexLocked      another process is writing
    │   └── IndexNotWritten  the system refused a write: full, read-only, broken
    ├── ArticleNotFound    no article has that id
    ├── ArticleRejected    an article that cannot be indexed, with the reason
    ├── MissingExtra       an optional dependency is needed and not installed
    └── EvaluationError    queries or judgements that cannot be used

A message says what is wrong, where, and what to do next; the class that raises it
holds the words, so that one kind of failure reads the same everywhere. The library
raises; only the command line prints and chooses an exit status.
"""

from __future__ import annotations


class SearcherError(Exception):
    """The root of the tree; the command line prints it as one line, status 2."""


class ConfigError(SearcherError):
    """A setting is unknown or impossible; the message starts with ``file:line:``."""


class IndexError_(SearcherError):  # noqa: N801  # the name without it is Python's
    """Something is wrong with the index directory as a whole."""


class IndexMissing(IndexError_):
    def __init__(self, path: object) -> None:
        super().__init__(f"no index in {path}; build one with: searcher index CORPUS")


class IndexVersion(IndexError_):
    def __init__(self, path: object, found: object, reads: str) -> None:
        super().__init__(
            f"{path} was written by index format {found}; this version reads {reads}. "
            "Rebuild it with: searcher rebuild"
        )


class IndexRules(IndexError_):
    def __init__(self, path: object) -> None:
        super().__init__(
            f"{path} was made with other analysis rules than are set now. "
            "Rebuild it with: searcher rebuild"
        )


class IndexCorrupt(IndexError_):
    def __init__(self, path: object, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path} is damaged: {what}. Look closer with: searcher check")


class IndexLocked(IndexError_):
    def __init__(self, path: object, holder: str, seconds: float) -> None:
        super().__init__(
            f"{path} is being written by {holder}; waited {seconds:g} s. "
            "Try again when it has finished"
        )


class IndexNotWritten(IndexError_):
    def __init__(self, path: object, what: object) -> None:
        super().__init__(
            f"{path} could not be written: {what}. What was committed before is safe; "
            "remove the cause and run the same command again"
        )


class ArticleNotFound(SearcherError):
    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article has the id {article_id!r}")


class ArticleRejected(SearcherError):
    """An article that cannot be indexed; the message is the reason."""


class MissingExtra(SearcherError):
    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'searcher[{extra}]'")


class EvaluationError(SearcherError):
    """Queries or judgements that cannot be used; the message names file and line."""
