"""Other spellings of a word or a fixed compound, as readers and newspapers write them.

Knows groups of equal spellings, nothing of their weight: the exact spelling ranks first,
and that is the planner's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from searcher.analysis.settings import shipped
from searcher.errors import ConfigError


def variants(settings: Mapping[str, Any] | None = None) -> dict[str, tuple[str, ...]]:
    """Each spelling with its others, in the order of the lists; plain values, JSON-able.

    Spellings are folded terms, several words with a space between. ``settings`` may hold
    ``variants: [[spelling, spelling], ...]``, added to the shipped groups; a word may stand
    in several groups. Raises ConfigError for a group that is not a list of two or more.

    >>> table = variants({"variants": [["Zulhas", "Zulkifli Hasan"]]})
    >>> table["soeharto"], table["kerja sama"], table["zulkifli hasan"]
    (('suharto',), ('kerjasama',), ('zulhas',))
    """
    groups: list[Iterable[str]] = []
    for part in shipped("variants").values():
        groups += part["groups"]
    own = (settings or {}).get("variants") or []
    if not isinstance(own, list):
        raise ConfigError("variants: is a list of groups, each a list of spellings")
    for group in own:
        if isinstance(group, str) or not isinstance(group, Iterable) or len(list(group)) < 2:
            raise ConfigError(f"variants: {group!r} is not a list of two or more spellings")
        groups.append(group)
    table: dict[str, dict[str, None]] = {}
    for group in groups:
        spellings = [" ".join(str(word).casefold().split()) for word in group]
        for spelling in spellings:
            others = table.setdefault(spelling, {})
            others.update(dict.fromkeys(other for other in spellings if other != spelling))
    return {spelling: tuple(others) for spelling, others in table.items()}
