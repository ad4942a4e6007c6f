"""Word lists and the user's edits of them, as one plain mapping that JSON can hold.

An index stores the mapping it was built with, and is searched with it, so that neither
YAML nor the shipped lists are read when searching. Reads YAML only when asked for the
shipped lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from searcher.errors import ConfigError

_DATA = Path(__file__).with_name("data")


@cache
def shipped(name: str) -> Any:
    """The content of ``data/<name>.yaml``. Shared: do not change it."""
    import yaml  # 18 ms, and a search never comes here

    return yaml.safe_load((_DATA / f"{name}.yaml").read_text("utf-8"))


def fingerprint(settings: Mapping[str, Any], version: int) -> str:
    """Sixteen hexadecimal digits that change with the settings or with the rules' version."""
    from _blake2 import blake2b  # hashlib's, without OpenSSL, which takes 3 ms

    text = json.dumps([version, settings], ensure_ascii=False, sort_keys=True)
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def token_settings(user: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What :class:`~searcher.analysis.Analyzer` needs, with the user's edits applied.

    ``user`` may hold ``stopwords: {add: {word: weight}, remove: [word]}`` and
    ``camel_names: [word]`` (names like TikTok that are one word). Other keys are left to
    others. Raises ConfigError for what cannot be meant.

    >>> token_settings({"stopwords": {"add": {"konon": 0.3}}})["weights"]["konon"]
    0.3
    """
    user = user or {}
    lists = shipped("tokens")
    weights: dict[str, float] = {}
    for group in shipped("stopwords").values():
        weights.update(dict.fromkeys(group["words"], float(group["weight"])))
    edits = user.get("stopwords") or {}
    if not isinstance(edits, Mapping) or not set(edits) <= {"add", "remove"}:
        raise ConfigError("stopwords: may hold 'add' (word: weight) and 'remove' (a list)")
    add = edits.get("add") or {}
    if not isinstance(add, Mapping):
        raise ConfigError("stopwords.add: is a mapping of words to weights from 0 to 1")
    for word, weight in add.items():
        if not isinstance(weight, int | float) or not 0 <= weight <= 1:
            raise ConfigError(f"stopwords.add: the weight of {word!r} is {weight!r}, not 0 to 1")
        weights[str(word).casefold()] = float(weight)
    for word in word_list(edits.get("remove"), "stopwords.remove"):
        weights.pop(word, None)
    names = {*lists["camel_names"]["words"], *word_list(user.get("camel_names"), "camel_names")}
    return {
        "weights": weights,
        "joined": {side: lists["joined"][side] for side in ("di", "ke", "dari")},
        "camel_names": sorted(names),
        "aliases": lists["aliases"]["words"],
        **{
            name: lists[name]["words"]
            for name in (
                "free_prefixes",
                "bound_prefixes",
                "bound_suffixes",
                "reduplication_suffixes",
                "money",
                "abbreviations",
                "degrees",
                "domains",
            )
        },
    }


def word_list(value: object, where: str) -> list[str]:
    """``value`` as a list of folded words; None is none. Raises ConfigError naming ``where``.

    >>> word_list(["Bekasi"], "protect")
    ['bekasi']
    """
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ConfigError(f"{where}: is a list of words, not {value!r}")
    return [str(word).casefold() for word in value]


def root_settings(user: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What :class:`~searcher.analysis.roots.Roots` needs, with the user's edits applied.

    ``user`` may hold ``roots: {word: root}`` and ``protect: [word]`` (words that are
    their own root). Raises ConfigError for what cannot be meant.

    >>> root_settings({"protect": ["Cikembar"]})["fixed"]["cikembar"]
    'cikembar'
    """
    user = user or {}
    lists = shipped("roots")
    fixed: dict[str, str] = {}
    for name in ("particles", "acronyms", "places", "names", "own"):
        fixed.update((word, word) for word in lists[name]["words"])
    fixed.update(lists["roots"]["words"])
    fixed.update((word, word) for word in word_list(user.get("protect"), "protect"))
    given = user.get("roots") or {}
    if not isinstance(given, Mapping) or not all(isinstance(r, str) for r in given.values()):
        raise ConfigError("roots: is a mapping of words to their roots")
    fixed.update((str(word).casefold(), root.casefold()) for word, root in given.items())
    return {"fixed": fixed}
