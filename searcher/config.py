"""``searcher.yaml`` → a frozen :class:`Config`.

Every key is one row of :data:`KEYS`, and the ranking's rows come from the ranking itself.
An unknown key or an impossible value stops with ``file:line:`` and the nearest known key.
The library below never reads settings: the command line loads them and hands them down.
A directory without a ``searcher.yaml`` costs nothing, not even the import of YAML.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from searcher.errors import ConfigError

if TYPE_CHECKING:
    from yaml.nodes import Node

#: The name of the file looked for.
NAME = "searcher.yaml"
#: A settings file is written by hand; a larger one is something else.
_MOST_BYTES = 1 << 20


_NOTHING: Mapping[str, Any] = MappingProxyType({})


# A tuple because every search makes this class: a dataclass takes a millisecond longer.
class Config(NamedTuple):
    """Everything a user can set, with the defaults of a directory without settings.

    Paths in a file are relative to that file. ``formats``, ``analysis``, ``ranking`` and
    ``limits`` hold only what was set, by the names of :data:`KEYS` without their section.
    """

    file: str | None = None
    index: Path = Path("index_data")  # type: ignore[assignment]  # hides tuple.index, unused
    corpus: tuple[Path, ...] = (Path("corpus"),)
    formats: Mapping[str, Any] = _NOTHING
    analysis: Mapping[str, Any] = _NOTHING
    profile: str = "default"
    ranking: Mapping[str, object] = _NOTHING
    snippet_width: int = 240
    snippet_passages: int = 2
    limits: Mapping[str, int] = _NOTHING

    def reader(self) -> dict[str, Any]:
        """What a :class:`~searcher.formats.Reader` takes: the formats, and bounds in bytes."""
        bounds = {
            reader_name: self.limits[name] << 20
            for name, reader_name in (
                ("file", "whole"),
                ("collection", "collection"),
                ("line", "line"),
            )
            if name in self.limits
        }
        return {**self.formats, **({"bounds": bounds} if bounds else {})}


# Kinds: a value as YAML gave it → the value kept; ValueError says what it should be.


def whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return check


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
        raise ValueError("a number, zero or more")
    return float(value)


def switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def path(value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("a path")
    return value


def paths(value: Any) -> list[str]:
    try:
        return [path(item) for item in (value if isinstance(value, list) else [value])]
    except ValueError:
        raise ValueError("a path or a list of paths") from None


def profile(value: Any) -> str:
    from searcher.query.ranking import PROFILES

    if value not in PROFILES:
        raise ValueError(" or ".join(PROFILES))
    return str(value)


def words(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("a list of words")
    for item in value:
        if isinstance(item, bool) or item is None:
            # YAML 1.1 reads no, on, yes and ~ as something else than words.
            raise ValueError("a list of words (put words like no, on and yes in quotes)")
        if not isinstance(item, (str, int)):
            raise ValueError("a list of words")
    return [str(item) for item in value]


def word_to_word(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(k, str) and isinstance(v, str) for k, v in value.items()
    ):
        raise ValueError("a mapping of words to words")
    return dict(value)


def word_to_words(value: Any) -> dict[str, list[str]]:
    try:
        return {
            str(key): words(items if isinstance(items, list) else [items])
            for key, items in dict(value).items()
        }
    except (TypeError, ValueError):
        raise ValueError("a mapping of a name to one or several words") from None


def word_weights(value: Any) -> dict[str, float]:
    if not isinstance(value, dict) or not all(
        isinstance(k, str)
        and isinstance(v, (int, float))
        and not isinstance(v, bool)
        and 0 <= v <= 1
        for k, v in value.items()
    ):
        raise ValueError("a mapping of words to weights from 0 to 1")
    return {word: float(weight) for word, weight in value.items()}


def columns(value: Any) -> dict[str, list[str]]:
    from dataclasses import fields

    from searcher.article import Article

    known = [item.name for item in fields(Article) if item.name not in ("path", "meta")]
    if not isinstance(value, dict) or not set(value) <= set(known):
        raise ValueError(f"a mapping of {', '.join(known)} to column names")
    return word_to_words(value)


def word_groups(value: Any) -> list[list[str]]:
    wanted = "a list of groups, each a list of two or more spellings"
    if not isinstance(value, list):
        raise ValueError(wanted)
    try:
        groups = [words(group) for group in value]
    except ValueError:
        raise ValueError(wanted) from None
    if any(len(group) < 2 for group in groups):
        raise ValueError(wanted)
    return groups


def expressions(value: Any) -> list[str | dict[str, Any]]:
    """Patterns, bare or as entries with a ``pattern`` like those that are shipped."""
    if not isinstance(value, list):
        raise ValueError("a list of regular expressions")
    for item in value:
        pattern = item.get("pattern") if isinstance(item, dict) else item
        if not isinstance(pattern, str):
            raise ValueError("a list of regular expressions, or of entries with a pattern")
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"a list of regular expressions ({pattern!r}: {error})") from None
    return value


def outlets(value: Any) -> list[dict[str, Any]]:
    """Newspapers by ``name``, with their ``site`` and what else they are called."""
    wanted = "a list of entries with a name, and if you like a site and other spellings (also)"
    if not isinstance(value, list):
        raise ValueError(wanted)
    for item in value:
        if not isinstance(item, dict) or not {"name"} <= set(item) <= {"name", "site", "also"}:
            raise ValueError(wanted)
        also = item.get("also", [])
        spellings = [
            item["name"],
            item.get("site", "-"),
            *([also] if isinstance(also, str) else also),
        ]
        if not all(isinstance(each, str) and each.strip() for each in spellings):
            raise ValueError(wanted)
    return value


class Key(NamedTuple):
    """One setting: its dotted name, what a value must be, its default, its meaning."""

    name: str
    kind: Callable[[Any], Any]
    default: object
    meaning: str


_KEYS = (
    Key("index", path, "index_data", "directory of the index"),
    Key("corpus", paths, ["corpus"], "directories and files to index"),
    Key("formats.columns", columns, {}, "column names of your collections, per article field"),
    Key("formats.noise", expressions, [], "lines to drop from articles, besides the shipped ones"),
    Key("formats.datelines", expressions, [], "how articles begin, besides the shipped ones"),
    Key("formats.outlets", outlets, [], "newspapers and their spellings, besides the shipped ones"),
    Key("analysis.stopwords.add", word_weights, {}, "function words and their weights"),
    Key("analysis.stopwords.remove", words, [], "shipped function words that count in full"),
    Key("analysis.camel_names", words, [], "names with capitals inside that are one word"),
    Key("analysis.roots", word_to_word, {}, "word forms and their roots, over the shipped rules"),
    Key("analysis.protect", words, [], "words that are their own root"),
    Key("analysis.variants", word_groups, [], "groups of spellings that find each other"),
    Key("analysis.glue", switch, True, "words run together (SerikatDonald) are also indexed apart"),
    Key("snippets.width", whole(20, 5000), 240, "characters of text shown of a hit"),
    Key("snippets.passages", whole(1, 10), 2, "most passages shown of a hit"),
    Key("limits.file", whole(1, 1 << 20), 256, "MB of a file that is read in one piece"),
    Key("limits.collection", whole(1, 1 << 20), 2048, "MB of a file that is read row by row"),
    Key("limits.line", whole(1, 1 << 12), 64, "MB of one line or row of a collection"),
    Key("limits.memory", whole(16, 1 << 20), 512, "MB of memory a build may use"),
)


class Setting(NamedTuple):
    """One ingredient of the ranking, as ``searcher.query.ranking.SETTINGS`` has it."""

    default: object
    kind: type
    meaning: str


def settings() -> Mapping[str, Setting]:
    """The settings of the ranking by name: what ``ranking:``, ``--set`` and the
    ``--no-…`` switches may name."""
    from searcher.query.ranking import SETTINGS

    return {name: Setting(*row) for name, row in SETTINGS.items()}


def keys() -> tuple[Key, ...]:
    """Every key of ``searcher.yaml``, those of the ranking among them."""
    ranking = tuple(
        Key(f"ranking.{name}", _KINDS[row.kind], row.default, row.meaning)
        for name, row in settings().items()
    )
    return (*_KEYS, Key("ranking.profile", profile, "default", "ranking to start from"), *ranking)


_KINDS: Mapping[type, Callable[[Any], Any]] = {
    bool: switch,
    int: whole(0, 1_000_000),
    float: number,
}


def setting(name: str, value: str) -> object:
    """A ranking setting given as text, as ``--set name=value`` does.

    Raises ConfigError for an unknown name or an impossible value.

    >>> setting("k1", "1.2"), setting("families", "no")
    (1.2, False)
    """
    table = settings()
    name = name.strip().replace("-", "_")
    if name not in table:
        raise ConfigError(f"no ranking setting {name!r}{_nearest(name, table)}")
    said = value.strip().lower()
    given: object = said
    if said in ("true", "yes", "on", "ya"):
        given = True
    elif said in ("false", "no", "off", "tidak"):
        given = False
    else:
        for read in (int, float):
            try:
                given = read(said)
                break
            except ValueError:
                pass
    try:
        return _KINDS[table[name].kind](given)
    except ValueError as error:
        raise ConfigError(f"{name} is {value!r}, not {error}") from None


def _nearest(name: str, known: Mapping[str, object] | list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known are: {', '.join(sorted(known))}"


# Finding and reading the file


def find(given: str | None = None, index: str | None = None) -> str | None:
    """The settings file to use: the one given, else ``searcher.yaml`` beside the index
    that was asked for, else in the working directory, else none."""
    if given is not None:
        if not os.path.isfile(given):
            raise ConfigError(f"{given}: no such settings file")
        return given
    if index is not None:
        beside = os.path.join(os.path.dirname(os.path.normpath(index)), NAME)
        if os.path.isfile(beside):
            return beside
    return NAME if os.path.isfile(NAME) else None


def load(given: str | None = None, index: str | None = None) -> Config:
    """The settings that apply, defaults where there is no file. Raises ConfigError."""
    file = find(given, index)
    config = Config() if file is None else read(file)
    if index is None:
        return config
    return config._replace(index=Path(index))


def read(file: str) -> Config:
    """One settings file. Raises ConfigError whose message begins with ``file:line:``."""
    try:
        with open(file, "rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise ConfigError(f"{file}:1: more than {_MOST_BYTES >> 20} MB is no settings file")
    found = _Reader(file).read(data)
    base = os.path.dirname(file)
    section: dict[str, dict[str, Any]] = {
        "formats": {}, "analysis": {}, "ranking": {}, "snippets": {}, "limits": {}
    }  # fmt: skip
    for name, value in found.items():
        head, _, rest = name.partition(".")
        inner = section.setdefault(head, {})
        *between, last = rest.split(".")
        for step in between:
            inner = inner.setdefault(step, {})
        inner[last] = value
    defaults = Config()
    return Config(
        file=file,
        index=Path(base, found["index"]) if "index" in found else Path(base, defaults.index),
        corpus=tuple(Path(base, p) for p in found.get("corpus", defaults.corpus)),
        formats=section["formats"],
        analysis=section["analysis"],
        profile=section["ranking"].pop("profile", defaults.profile),
        ranking=section["ranking"],
        snippet_width=section["snippets"].get("width", defaults.snippet_width),
        snippet_passages=section["snippets"].get("passages", defaults.snippet_passages),
        limits=section["limits"],
    )


class _Reader:
    """Walks the nodes of a YAML document, which know their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.keys = {key.name: key for key in keys()}
        self.sections = {
            name[:at] for name in self.keys for at in range(len(name)) if name[at] == "."
        }
        self.found: dict[str, Any] = {}

    def read(self, data: bytes) -> dict[str, Any]:
        import yaml

        try:
            # Not the loader in C: deep nesting overflows its stack, ours raises.
            loader = yaml.SafeLoader(data)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self.error(mark.line if mark else 0, f"not YAML: {error.problem}") from None
        except yaml.YAMLError as error:
            raise self.error(0, f"not YAML: {str(error).splitlines()[0]}") from None
        except (RecursionError, ValueError):
            raise self.error(0, "not YAML: nested too deeply") from None
        if node is None:
            return {}
        self.construct = loader.construct_object
        self.mapping(node, "")
        return self.found

    def error(self, line: int, message: str) -> ConfigError:
        """``line`` counts from 0, as YAML's marks do."""
        return ConfigError(f"{self.file}:{line + 1}: {message}")

    def mapping(self, node: Node, section: str) -> None:
        from yaml.nodes import MappingNode, ScalarNode

        if isinstance(node, ScalarNode) and node.value in ("", "~", "null"):
            return  # a section left empty
        if not isinstance(node, MappingNode):
            what = f"{section!r} is" if section else "settings are"
            raise self.error(node.start_mark.line, f"{what} a mapping of names to values")
        for key_node, value_node in node.value:
            line = key_node.start_mark.line
            name = f"{section}.{key_node.value}" if section else str(key_node.value)
            if name in self.sections:
                self.mapping(value_node, name)
            elif name in self.keys:
                if name in self.found:
                    raise self.error(line, f"{name!r} is set twice")
                self.found[name] = self.value(value_node, self.keys[name])
            else:
                raise self.error(line, self.unknown(str(key_node.value), section))

    def value(self, node: Node, key: Key) -> Any:
        line = node.start_mark.line
        try:
            value = self.construct(node, deep=True)
        except Exception:
            raise self.error(line, f"{key.name!r} cannot be read; plain values only") from None
        try:
            return key.kind(value)
        except ValueError as error:
            said = repr(value)
            said = said if len(said) <= 60 else said[:57] + "..."
            raise self.error(line, f"{key.name!r} is {said}, not {error}") from None

    def unknown(self, name: str, section: str) -> str:
        prefix = f"{section}." if section else ""
        here = sorted(
            {
                known[len(prefix) :].partition(".")[0]
                for known in self.keys
                if known.startswith(prefix)
            }
        )
        where = f" in {section!r}" if section else ""
        elsewhere = [known for known in self.keys if known.rpartition(".")[2] == name]
        if elsewhere:
            return f"unknown key {name!r}{where}; did you mean {elsewhere[0]!r}?"
        return f"unknown key {name!r}{where}{_nearest(name, here)}"
