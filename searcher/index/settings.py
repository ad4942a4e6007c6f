"""The rules an index is made by: word lists, roots and spelling variants, resolved.

They are stored with the index, so that it is searched by the rules it was built with and
nothing shipped or set by the user has to be read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resolve(user: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The shipped rules with a user's edits (the ``analysis:`` of ``searcher.yaml``).

    ``tokens`` and ``glue`` (whether words run together are also indexed apart) decide
    what terms there are, so changing them needs a rebuild; ``roots`` and ``variants`` only
    decide which terms go together. Raises ConfigError.
    """
    if user is not None and "tokens" in user:
        return dict(user)
    from searcher.analysis.settings import root_settings, token_settings
    from searcher.analysis.variants import variants

    return {
        "tokens": token_settings(user),
        "roots": root_settings(user),
        "variants": {term: list(others) for term, others in variants(user).items()},
        "glue": bool((user or {}).get("glue", True)),
    }
