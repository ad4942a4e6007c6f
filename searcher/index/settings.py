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


#: The lists of words among ``tokens``.
_LISTS = (
    "camel_names", "free_prefixes", "bound_prefixes", "bound_suffixes", "reduplication_suffixes",
    "money", "abbreviations", "degrees", "domains",
)  # fmt: skip


def is_resolved(rules: Any) -> bool:
    """Whether stored rules have the shape that :func:`resolve` gives them.

    >>> is_resolved({"tokens": {}, "roots": {}, "variants": {}, "glue": True})
    False
    """
    try:
        tokens = rules["tokens"]
        return (
            all(type(w) in (int, float) and 0 <= w <= 1 for w in tokens["weights"].values())
            and all(_are_words(tokens[name]) for name in _LISTS)
            and all(map(_are_words, tokens["joined"].values()))
            and all(map(_are_words, tokens["aliases"].values()))
            and all(type(root) is str for root in rules["roots"]["fixed"].values())
            and all(map(_are_words, rules["variants"].values()))
            and type(rules["glue"]) is bool
        )
    except (KeyError, TypeError, AttributeError):
        return False


def _are_words(value: object) -> bool:
    return isinstance(value, list) and all(type(word) is str for word in value)
