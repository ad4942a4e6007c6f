"""What a search will do, as a value: words to groups, groups to a tree.

The plan knows terms and weights; where their postings lie is the executor's business,
so the same plan can be run by another engine. Nodes print as s-expressions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from searcher.query.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Group:
    """One query word: the terms that count as it, pooled before saturation.

    ``forms`` are (term, share) pairs, the word itself first with share 1. ``weight`` is
    what a saturated group adds to the score.
    """

    label: str
    field: str
    forms: tuple[tuple[str, float], ...]
    weight: float

    @property
    def pooled(self) -> bool:
        """False for a single term with share 1, whose score needs no pooling."""
        return len(self.forms) != 1 or self.forms[0][1] != 1.0

    def __str__(self) -> str:
        shown = " ".join(t if s == 1.0 else f"{t}*{s:g}" for t, s in self.forms[:6])
        more = f" +{len(self.forms) - 6}" if len(self.forms) > 6 else ""
        return f"(word {self.field} {self.weight:.3f} {shown}{more})"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order: ``slots`` are the terms that may stand at each place.

    ``gaps[i]`` is how many positions slot ``i`` lies after the first one, exactly, when
    ``slop`` is 1; with a larger slop each slot follows the one before within ``slop``
    positions. ``share`` multiplies its frequency; weight as a group's.
    """

    label: str
    field: str
    slots: tuple[tuple[str, ...], ...]
    gaps: tuple[int, ...]
    slop: int
    weight: float

    def __str__(self) -> str:
        words = " ".join("|".join(slot) for slot in self.slots)
        slop = f" ~{self.slop}" if self.slop > 1 else ""
        return f"(phrase {self.field} {self.weight:.3f} {words!r}{slop})"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the children; scores add up."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"(or {' '.join(map(str, self.children))})"


@dataclass(frozen=True, slots=True)
class And:
    """All of the children; scores add up."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"(and {' '.join(map(str, self.children))})"


@dataclass(frozen=True, slots=True)
class Not:
    """The documents without the child; no score."""

    child: Node

    def __str__(self) -> str:
        return f"(not {self.child})"


@dataclass(frozen=True, slots=True)
class Maybe:
    """The documents of ``required``; ``optional`` adds to their score."""

    required: Node
    optional: Node

    def __str__(self) -> str:
        return f"(maybe {self.required} {self.optional})"


@dataclass(frozen=True, slots=True)
class Filter:
    """The documents of ``child`` that ``by`` matches too, with the child's scores."""

    child: Node
    by: Node

    def __str__(self) -> str:
        return f"(filter {self.child} {self.by})"


@dataclass(frozen=True, slots=True)
class Dates:
    """Published from ``low`` to ``high``, local seconds since 1970, both ends included.

    Local means: what clocks showed where the article was published. None is open.
    """

    low: int | None
    high: int | None

    def __str__(self) -> str:
        return f"(dates {self.low} {self.high})"


@dataclass(frozen=True, slots=True)
class Every:
    """All documents, or all that have something in ``field``; no score."""

    field: str | None = None

    def __str__(self) -> str:
        return f"(every {self.field})" if self.field else "(every)"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document."""

    def __str__(self) -> str:
        return "(nothing)"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A Whoosh query that is run by Whoosh's own matchers; each hit scores ``weight``."""

    query: Any
    weight: float = 1.0

    def __str__(self) -> str:
        return f"(whoosh {self.query!r})"


Node: TypeAlias = (
    Group | Phrase | Or | And | Not | Maybe | Filter | Dates | Every | Nothing | Foreign
)


@dataclass(frozen=True, slots=True)
class SecondStage:
    """What the best documents are looked at again for.

    Word ``i`` has the terms ``words[i]``, idf ``weights[i]`` and lead weight ``leads[i]``;
    ``pairs`` are (left word, right word, distance, weight).
    """

    words: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...]
    leads: tuple[float, ...]
    pairs: tuple[tuple[int, int, int, float], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query.

    ``root`` decides what matches; ``extras`` only add to the score of what does.
    ``marks`` (a ``snippets.Marks``) says what to mark, ``receipt`` how the query was read.
    """

    root: Node
    ranking: Ranking
    extras: tuple[Group | Phrase, ...] = ()
    second: SecondStage | None = None
    receipt: tuple[str, ...] = ()
    marks: MarkedTerms | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        extras = "".join(f"\n  + {extra}" for extra in self.extras)
        return f"{self.root}{extras}"


@dataclass(frozen=True, slots=True)
class MarkedTerms:
    """What a plan says about marking, before ``snippets`` gives it its own shape."""

    terms: dict[str, tuple[int, float]] = field(default_factory=dict)
    prefixes: tuple[tuple[str, int, float], ...] = ()
    patterns: tuple[tuple[str, int, float], ...] = ()
    phrases: tuple[tuple[frozenset[str], ...], ...] = ()
    only_phrases: frozenset[int] = frozenset()


def leaves(node: Node) -> Iterator[Group | Phrase]:
    """The scoring leaves of a tree, left to right, those under a Not left out."""
    if isinstance(node, (Group, Phrase)):
        yield node
    elif isinstance(node, (Or, And)):
        for child in node.children:
            yield from leaves(child)
    elif isinstance(node, Maybe):
        yield from leaves(node.required)
        yield from leaves(node.optional)
    elif isinstance(node, Filter):
        yield from leaves(node.child)
