"""What is known of portals: their dirt, their datelines, their names, and places.

Loads ``data/noise.yaml``, ``data/datelines.yaml``, ``data/outlets.yaml`` and
``data/places.yaml``, adds a user's own entries, and finds quickly which of the patterns a
text could need at all: most articles are clean and must stay cheap. Takes nothing off a
text itself; :mod:`searcher.formats.portal` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from searcher.errors import ConfigError

__all__ = ["HOST", "Dateline", "Noise", "Rules", "load_rules"]

_DATA = Path(__file__).with_name("data")

#: Where a noise pattern may stand; ``data/noise.yaml`` explains each.
PLACES_OF_NOISE = ("line", "inline", "link", "trailing", "rest")

#: A person's name as credits print it: capitalised words, at most eight.
NAME = (
    r"(?:[A-Z][\w.'’-]{0,25}"
    r"(?:(?:\s{0,2}[,&]\s{0,2}|[ /]{1,2})(?:[A-Z][\w.'’-]{0,25}|dan|bin|binti|de|van|al)){0,7})"
)
#: A portal's host name.
HOST = (
    r"(?:[A-Za-z0-9-]{1,30}\.){1,3}"
    r"(?i:com|co\.id|go\.id|ac\.id|or\.id|web\.id|my\.id|sch\.id|desa\.id|id|co|net|org|tv|news|info|asia"
    r"|press|media|live|online|today|digital|site|xyz|biz|example|test)"
    r"(?![\w]|\.\w)"
)
_WORD = r"[A-Z](?:[\w'’/-]|\.(?=\s|[A-Z]\.)){0,24}"
_PLACE = rf"{_WORD}(?: (?:{_WORD}|de|del|al|la|of|the|dan)){{0,4}}"
_REPORTER = r"[A-Z][\w.'’-]{0,25}(?: [A-Z][\w.'’-]{0,25}){0,4}"
# U+FFFD stands where a scraper lost a no-break space.
_DASH = r"[\s\ufffd]{0,4}(?:-{1,3}|[–—]{1,2})(?:\s[-–—])?[\s\ufffd]{0,4}"


@dataclass(frozen=True)
class Noise:
    """One kind of dirt, as an entry of ``data/noise.yaml`` gives it."""

    name: str
    where: str
    pattern: str
    reason: str = ""
    needles: tuple[str, ...] = ()
    #: Characters one of which must occur at all; looked for before the needles.
    marks: str = ""
    #: Characters that trailing noise never ends with.
    never_last: str = ""
    case: bool = False
    captures: str | None = None
    #: How many characters of the end a trailing pattern may look at, 500 at most.
    tail: int = 500
    examples: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    partial: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled at first need: most bodies need none of them."""
        pattern = self.pattern.replace("{name}", NAME)
        return re.compile(pattern, re.MULTILINE if self.case else re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Dateline:
    """One way an article opens. The groups of ``regex`` are what it tells.

    ``needs``: a text that occurs in it; looked for first, because it is cheap.
    ``glued``: texts one of which must occur for the dateline to be looked for behind a
    glued pull quote. ``open``: no mark ends it, so the place must be one we know.
    ``spaced``: the dash needs its spaces. ``again``: a second dateline may follow.
    ``first``: only at the very beginning of the body.
    """

    regex: re.Pattern[str]
    reason: str = ""
    needs: str = ""
    glued: tuple[str, ...] = ()
    open: bool = False
    spaced: bool = False
    again: bool = False
    first: bool = False
    examples: tuple[Mapping[str, str], ...] = ()
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """All that is known of portals. Built once by :func:`load_rules` and shared."""

    noise: tuple[Noise, ...]
    captions: tuple[Noise, ...]
    datelines: tuple[Dateline, ...]
    #: lower-case spelling or host name -> (name shown, host name)
    outlets: Mapping[str, tuple[str, str]]
    #: what scrapers write into a source column, lower case -> name shown
    outlet_labels: Mapping[str, str]
    #: lower-case place -> its usual spelling
    places: Mapping[str, str]
    share_networks: frozenset[str]
    share_words: frozenset[str]
    small_words: frozenset[str]
    starters: frozenset[str]
    openers: frozenset[str]
    camel_words: frozenset[str]
    #: words in capitals before a dash that are no place
    labels: frozenset[str]
    #: whether a user added datelines, which may open in ways ours never do
    own_datelines: bool = False

    def ending(self, tail: str) -> list[Noise]:
        """The trailing noise that the end of a body may hold."""
        last = tail[-1:].lower()
        may_be = sorted({*self.needled(tail), *self.ending_with.get(last, ())})
        return [noise for at in may_be if last not in (noise := self.noise[at]).never_last]

    def needled(self, tail: str) -> list[int]:
        """The trailing noise, by number, a needle of which occurs in ``tail``."""
        found: list[int] = []
        capitals, by_needle, by_mark = self._tail_needles
        hit = capitals.search(tail)
        while hit is not None:
            found += by_needle[hit[0].lower()]
            hit = capitals.search(tail, hit.start() + 1)
        lower = ""
        for mark, needles in by_mark:
            if mark in tail:
                lower = lower or tail.lower()
                found += [at for needle, at in needles if needle in lower]
        return found

    @cached_property
    def _tail_needles(
        self,
    ) -> tuple[
        re.Pattern[str],
        Mapping[str, Sequence[int]],
        tuple[tuple[str, tuple[tuple[str, int], ...]], ...],
    ]:
        """Needles of more than one character: those with a capital are looked for at once,
        the others by a rare mark of theirs."""
        groups: dict[str, list[tuple[str, int]]] = {}
        capitals: dict[str, list[int]] = {}
        for at, noise in enumerate(self.noise):
            if noise.where == "trailing":
                for needle in noise.needles or ("",):
                    if needle[:1].isupper():
                        capitals.setdefault(needle.lower(), []).append(at)
                    elif len(needle) != 1:
                        mark = next((mark for mark in ":[©/)" if mark in needle), "")
                        groups.setdefault(mark, []).append((needle, at))
        by_needle = {
            needle: tuple(at for n, ats in capitals.items() if needle.startswith(n) for at in ats)
            for needle in capitals
        }
        by_mark = tuple((mark, tuple(needles)) for mark, needles in groups.items())
        return _capitals(capitals), by_needle, by_mark

    @cached_property
    def ending_with(self) -> Mapping[str, tuple[int, ...]]:
        """The trailing noise, by number, that its last character may give away."""
        trailing = [(at, noise) for at, noise in enumerate(self.noise) if noise.where == "trailing"]
        lasts = {needle for _, noise in trailing for needle in noise.needles if len(needle) == 1}
        return {last: tuple(at for at, n in trailing if last in n.needles) for last in lasts}

    def captions_of(self, line: str) -> Sequence[Noise]:
        """The caption patterns a line may fit."""
        marks, hint = self._caption_hint
        for mark in marks:
            if mark in line:
                break
        else:
            return ()
        if hint.search(line) is None:
            return ()
        return [c for c in self.captions if any(needle in line for needle in c.needles)]

    @cached_property
    def _caption_hint(self) -> tuple[str, re.Pattern[str]]:
        marks = "".join(sorted({mark for c in self.captions for mark in c.marks}))
        return marks, re.compile(_any_of({n for c in self.captions for n in c.needles}))

    @property
    def inside(self) -> re.Pattern[str]:
        """Finds where inline and link noise may begin.

        One pass looks for every needle at once. It looks for a capital first letter: the
        dirt opens a sentence of its own, and a pass over capitals alone is five times
        cheaper than one over all letters.
        """
        return self._inside[0]

    def begun_by(self, needle: str) -> tuple[Noise, ...]:
        """The inline and link noise that may begin with what :attr:`inside` found."""
        return self._inside[1][needle.lower()]

    @cached_property
    def anywhere(self) -> tuple[Noise, ...]:
        """The inline and link noise without needles, a user's own: tried on every text."""
        return tuple(n for n in self.noise if n.where in ("inline", "link") and not n.needles)

    @cached_property
    def _inside(self) -> tuple[re.Pattern[str], Mapping[str, tuple[Noise, ...]]]:
        by_needle = self._by_needle("inline", "link")
        return _capitals(by_needle), by_needle

    def opened_by(self, line: str) -> tuple[Noise, ...]:
        """The line and rest noise a line may be, by how it begins, marks aside."""
        trigger, by_needle, always = self._opened
        hit = always
        if not line[0].isalnum() and line[0] in by_needle:
            hit += by_needle[line[0]]
        match = trigger.match(line)
        if match is not None and (line[0].isalnum() or match[1] != line[0]):
            hit += by_needle[match[1].lower()]
        return hit

    @cached_property
    def starts(self) -> frozenset[str] | None:
        """The first letters, three at most, of line noise and of rows of share buttons.

        What begins with a letter and with none of these is no noise; most lines are turned
        away by it. None if a user's noise may begin anyhow.
        """
        if self._opened[2]:
            return None
        starts = {needle[:3] for needle in self._opened[1]}
        for word in self.share_words:
            starts.update([word[:3]] if len(word) > 2 else [word + end for end in " :|,/"])
        return frozenset(starts)

    @cached_property
    def _opened(
        self,
    ) -> tuple[re.Pattern[str], Mapping[str, tuple[Noise, ...]], tuple[Noise, ...]]:
        by_needle = self._by_needle("line", "rest")
        trigger = re.compile(rf"[\s\[(*•»>#|©–—-]{{0,6}}((?i:{_any_of(by_needle)}))")
        always = tuple(n for n in self.noise if n.where in ("line", "rest") and not n.needles)
        return trigger, by_needle, always

    def _by_needle(self, *where: str) -> Mapping[str, tuple[Noise, ...]]:
        """What each needle stands for: also the noise whose shorter needle begins it."""
        chosen = [noise for noise in self.noise if noise.where in where]
        return {
            needle: tuple(n for n in chosen if any(map(needle.startswith, n.needles)))
            for needle in {needle for noise in chosen for needle in noise.needles}
        }

    def glued_in(self, head: str) -> Sequence[Dateline]:
        """The datelines that may stand behind a glued pull quote in ``head``."""
        for mark in self._glued_marks:
            if mark in head:
                return [d for d in self.datelines if any(map(head.__contains__, d.glued))]
        return ()

    @cached_property
    def _glued_marks(self) -> tuple[str, ...]:
        return tuple({mark for dateline in self.datelines for mark in dateline.glued})

    def outlet(self, site: str | None) -> str | None:
        """The name of a host or of the outlet it belongs to (``sumut.jpnn.com``: JPNN.com)."""
        host = (site or "").lower()
        while "." in host:
            if host in self.outlets:
                return self.outlets[host][0]
            host = host.partition(".")[2]
        return None


def _capitals(needles: Iterable[str]) -> re.Pattern[str]:
    """Finds the longest of ``needles`` (lower case) that begins with a capital, in any case."""
    firsts: dict[str, list[str]] = {}
    for needle in needles:
        firsts.setdefault(needle[0], []).append(needle[1:])
    pattern = "|".join(
        f"{re.escape(first.upper())}(?i:{_any_of(rests)})"
        for first, rests in sorted(firsts.items())
    )
    return re.compile(pattern or r"(?!)")


def _any_of(words: Iterable[str]) -> str:
    """A pattern for the longest of ``words``, their common beginnings tried once.

    >>> _any_of(["baca juga", "baca berita", "baca"])
    'baca(?:\\\\ (?:berita|juga))?'
    """
    rest: dict[str, list[str]] = {}
    may_end = False
    for word in words:
        if word:
            rest.setdefault(word[0], []).append(word[1:])
        else:
            may_end = True
    if not rest:
        return ""
    parts = [re.escape(first) + _any_of(rest[first]) for first in sorted(rest)]
    pattern = parts[0] if len(parts) == 1 and not may_end else f"(?:{'|'.join(parts)})"
    return pattern + "?" if may_end else pattern


def load_rules(extra: Mapping[str, Any] | None = None) -> Rules:
    """The shipped rules and a user's own, from the settings ``noise``, ``datelines``, ``outlets``.

    ``extra["noise"]`` holds entries as in ``data/noise.yaml``, or bare patterns for whole
    lines; ``extra["datelines"]`` entries as in ``data/datelines.yaml``, or bare patterns;
    ``extra["outlets"]`` entries as in ``data/outlets.yaml``. A user's datelines are tried
    before ours, and what a user says of an outlet goes before what we say. Raises
    :class:`ConfigError` for an entry that cannot be used.

    >>> load_rules() is load_rules()
    True
    >>> load_rules({"noise": ["Iklan layanan masyarakat.*"]}).noise[-1].where
    'line'
    >>> own = {"name": "Suluh Timur", "site": "suluhtimur.example", "also": ["Suluh"]}
    >>> load_rules({"outlets": [own]}).outlet("www.suluhtimur.example")
    'Suluh Timur'
    """
    extra = extra or {}
    own = {key: extra.get(key) or [] for key in ("noise", "datelines", "outlets")}
    outlets = tuple(_own_outlet(entry) for entry in _listed(own["outlets"], "outlets"))
    rules = _shipped_rules(outlets)
    if not own["noise"] and not own["datelines"]:
        return rules
    noise = tuple(_noise(entry, "noise", check=True) for entry in _entries(own["noise"], "noise"))
    datelines = tuple(
        _dateline(entry, rules.outlets) for entry in _entries(own["datelines"], "datelines")
    )
    return replace(
        rules,
        noise=rules.noise + noise,
        datelines=datelines + rules.datelines,
        own_datelines=bool(datelines),
    )


@lru_cache(maxsize=4)
def _shipped_rules(own: tuple[tuple[str, str, tuple[str, ...]], ...] = ()) -> Rules:
    """The shipped rules; with ``own`` outlets, as (name, host, other spellings), among theirs."""
    noise, datelines = _read_yaml("noise.yaml"), _read_yaml("datelines.yaml")
    shipped = [
        (entry["name"], entry["site"], tuple(entry.get("also", ())))
        for entry in _read_yaml("outlets.yaml")["outlets"]
    ]
    outlets: dict[str, tuple[str, str]] = {}
    for name, site, also in (*shipped, *own):
        for spelling in (site, name, *also):
            if spelling:
                outlets[spelling.lower()] = (name, site)
    labels = {
        label: entry["name"]
        for entry in _read_yaml("outlets.yaml")["outlets"]
        for label in entry.get("labels", ())
    }
    places: dict[str, str] = {}
    for groups in _read_yaml("places.yaml").values():
        for names in groups.values():
            for name in names.split(","):
                places[name.strip().lower()] = name.strip()
    networks = frozenset(noise["share_words"]["networks"].split())
    headlines = noise["headlines"]
    return Rules(
        noise=tuple(_noise(entry, "noise") for entry in noise["noise"]),
        captions=tuple(
            _noise({"where": "line", "name": "caption", **entry}, "captions")
            for entry in noise["captions"]
        ),
        datelines=tuple(_dateline(entry, outlets) for entry in datelines["datelines"]),
        outlets=outlets,
        outlet_labels=labels,
        places=places,
        share_networks=networks,
        share_words=networks | frozenset(noise["share_words"]["others"].split()),
        small_words=frozenset(headlines["small"].split()),
        starters=frozenset(headlines["starters"].split()),
        openers=frozenset(headlines["openers"].split()),
        camel_words=frozenset(headlines["camel"].lower().split()),
        labels=frozenset(datelines["labels"].split()),
    )


@lru_cache(maxsize=4)
def _read_yaml(name: str) -> Any:
    # Only a build reads portals; a search never pays for YAML.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_DATA / name).read_text("utf-8"), Loader=loader)


def _listed(entries: Any, key: str) -> Iterable[Any]:
    if isinstance(entries, str | Mapping) or not isinstance(entries, Iterable):
        raise ConfigError(f"{key}: a list is expected")
    return entries


def _entries(entries: Any, key: str) -> Iterator[Mapping[str, Any]]:
    for entry in _listed(entries, key):
        if isinstance(entry, str):
            yield {"pattern": entry}
        elif isinstance(entry, Mapping) and isinstance(entry.get("pattern"), str):
            yield entry
        else:
            raise ConfigError(f"{key}: an entry needs a pattern: {entry!r}")


def _own_outlet(entry: Any) -> tuple[str, str, tuple[str, ...]]:
    """An entry of ``outlets`` as (name, host or "", other spellings)."""
    if not isinstance(entry, Mapping) or not {"name"} <= set(entry) <= {"name", "site", "also"}:
        raise ConfigError(f"outlets: an entry has a name, and may have site and also: {entry!r}")
    name, site, also = entry["name"], entry.get("site") or "", entry.get("also") or ()
    also = (also,) if isinstance(also, str) else tuple(also)
    if not all(isinstance(value, str) for value in (name, site, *also)) or not name.strip():
        raise ConfigError(f"outlets: names are expected: {entry!r}")
    site = site.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return name.strip(), site.strip("/ "), also


def _noise(entry: Mapping[str, Any], key: str, *, check: bool = False) -> Noise:
    unknown = sorted(set(entry) - set(Noise.__dataclass_fields__))
    if unknown:
        raise ConfigError(f"{key}: unknown setting {unknown[0]!r} in {entry['pattern']!r}")
    values: dict[str, Any] = {"name": "own", "where": "line", **entry}
    for name in ("needles", "examples", "keeps"):
        values[name] = tuple(values.get(name, ()))
    noise = Noise(**values)
    if check:
        if noise.where not in PLACES_OF_NOISE:
            raise ConfigError(f"{key}: where is {noise.where!r}, not one of {PLACES_OF_NOISE}")
        try:
            matched = noise.regex.search("")
        except re.error as error:
            raise ConfigError(f"{key}: {noise.pattern!r} is no pattern: {error}") from None
        if matched is not None and noise.where != "line":
            raise ConfigError(f"{key}: {noise.pattern!r} matches nothing at all, so everything")
    return noise


def _dateline(entry: Mapping[str, Any], outlets: Mapping[str, tuple[str, str]]) -> Dateline:
    unknown = sorted(set(entry) - {"pattern"} - set(Dateline.__dataclass_fields__))
    if unknown:
        raise ConfigError(f"datelines: unknown setting {unknown[0]!r} in {entry['pattern']!r}")
    names = sorted((name for name in outlets if "." not in name), key=len, reverse=True)
    outlet = "|".join(re.escape(name) for name in names)
    pattern = (
        entry["pattern"]
        .replace("{outlet}", rf"(?P<outlet>{HOST}|(?i:{outlet})(?!\w))")
        .replace("{place}", f"(?P<place>{_PLACE})")
        .replace("{known}", f"(?P<known>{_PLACE})")
        .replace("{dash}", _DASH)
        .replace("{name}", _REPORTER)
    )
    values = {key: value for key, value in entry.items() if key != "pattern"}
    for name in ("glued", "examples", "keeps"):
        values[name] = tuple(values.get(name, ()))
    try:
        return Dateline(regex=re.compile(pattern), **values)
    except re.error as error:
        raise ConfigError(f"datelines: {entry['pattern']!r} is no pattern: {error}") from None
