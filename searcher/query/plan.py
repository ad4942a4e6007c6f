"""What a search will do, as a value: words to groups, groups to a tree.

The plan knows terms and weights; where their postings lie is the executor's business,
so the same plan can be run by another engine. Nodes print as s-expressions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from searcher.query.ranking import Ranking
from searcher.values import Value, field


class Group(Value):
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


class Phrase(Value):
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


class Or(Value):
    """At least one of the children; scores add up."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"(or {' '.join(map(str, self.children))})"


class And(Value):
    """All of the children; scores add up."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return f"(and {' '.join(map(str, self.children))})"


class Not(Value):
    """The documents without the child; no score."""

    child: Node

    def __str__(self) -> str:
        return f"(not {self.child})"


class Maybe(Value):
    """The documents of ``required``; ``optional`` adds to their score."""

    required: Node
    optional: Node

    def __str__(self) -> str:
        return f"(maybe {self.required} {self.optional})"


class Filter(Value):
    """The documents of ``child`` that ``by`` matches too, with the child's scores."""

    child: Node
    by: Node

    def __str__(self) -> str:
        return f"(filter {self.child} {self.by})"


class Dates(Value):
    """Published from ``low`` to ``high``, local seconds since 1970, both ends included.

    Local means: what clocks showed where the article was published. None is open.
    """

    low: int | None
    high: int | None

    def __str__(self) -> str:
        return f"(dates {self.low} {self.high})"


class Every(Value):
    """All documents, or all that have something in ``field``; no score."""

    field: str | None = None

    def __str__(self) -> str:
        return f"(every {self.field})" if self.field else "(every)"


class Nothing(Value):
    """No document."""

    def __str__(self) -> str:
        return "(nothing)"


class Foreign(Value):
    """A Whoosh query that is run by Whoosh's own matchers; each hit scores ``weight``."""

    query: Any
    weight: float = 1.0

    def __str__(self) -> str:
        return f"(whoosh {self.query!r})"


Node: TypeAlias = (
    Group | Phrase | Or | And | Not | Maybe | Filter | Dates | Every | Nothing | Foreign
)


class SecondStage(Value):
    """What the best documents are looked at again for.

    Word ``i`` has the terms ``words[i]``, idf ``weights[i]`` and lead weight ``leads[i]``;
    ``pairs`` are (left word, right word, distance, weight).
    """

    words: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...]
    leads: tuple[float, ...]
    pairs: tuple[tuple[int, int, int, float], ...]


class Plan(Value):
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


class MarkedTerms(Value):
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
