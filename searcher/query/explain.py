"""Why an article has its score, as a sum that a person can follow.

Every line is computed anew from the postings of the one article, not by the code that
ranks: lines that add up to the score of the hit are also a check of that code. An article
that does not match is answered with the reason.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from searcher.index.layout import NO_DATE
from searcher.index.segment import Segment
from searcher.index.snapshot import Snapshot
from searcher.kernels.postings import as_share, ratios
from searcher.query.execute import LEAD, UNIT, WINDOW, Execution, as_integer
from searcher.query.plan import (
    And,
    Dates,
    Every,
    Filter,
    Foreign,
    Group,
    Maybe,
    Node,
    Not,
    Nothing,
    Or,
    Phrase,
    Plan,
    leaves,
)
from searcher.query.ranking import idf, union_freq

#: How far down the answer a rank is looked for where no second stage says.
RANKED = 200

_RATIOS = ratios()


@dataclass(frozen=True, slots=True)
class TermUse:
    """One term that counts as a query word: what an occurrence counts, how often it stands
    in the article, and in how many articles of the index."""

    term: str
    share: float
    count: int
    articles: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one query word, phrase or group of near spellings adds to the score.

    ``score`` is ``saturation * weight`` in the index's whole units (a millionth), and
    ``weight`` is ``idf * factor``. ``articles`` is the document frequency that the idf
    comes from: the expected union for several terms (``ranking.union_freq``), the rarest
    word's for a phrase, whose idf is the sum of its words'. ``factor`` is k1 + 1 times the
    query's boosts and the ranking's weights.

    ``kind`` is "word", "phrase", "whole" (a compound as one term), "near" (near spellings)
    or "query" (a Whoosh query run by Whoosh). ``terms`` are those the article has; ``others``
    counts the rest.
    """

    label: str
    kind: str
    field: str
    terms: tuple[TermUse, ...]
    others: int
    saturation: float
    articles: int
    idf: float
    factor: float
    weight: float
    score: float


@dataclass(frozen=True, slots=True)
class Place:
    """What the second stage adds for where the words stand.

    ``name`` is "pairs", "window" or "lead"; ``parts`` are the pairs or words that count,
    each with its value; ``score`` is ``weight`` times their sum.
    """

    name: str
    weight: float
    parts: tuple[tuple[str, float], ...]
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score of one article for one query; the scores of its lines add up to ``score``.

    ``rank`` is None where the article does not match, or stands too far down to be looked
    for. ``reasons`` tell why it does not match; ``receipt`` is how the query was read.
    """

    query: str
    id: str
    profile: str
    matches: bool
    rank: int | None
    score: float
    articles: int
    words: tuple[Contribution, ...] = ()
    places: tuple[Place, ...] = ()
    absent: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    receipt: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def explain(
    snapshot: Snapshot,
    plan: Plan,
    filters: Sequence[Node],
    place: tuple[Segment, int],
    *,
    query: str,
    profile: str,
) -> Explanation:
    """The explanation of the document at ``place`` (segment, document) under a plan.

    ``filters`` are nodes that a match must meet besides, as :class:`Execution` takes them.
    """
    execution = Execution(snapshot, plan, filters)
    reader = _Reader(snapshot, plan, *place)
    result = Explanation(
        query=query,
        id=place[0].id(place[1]),
        profile=profile,
        matches=reader.matches(execution.root),
        rank=None,
        score=0.0,
        articles=snapshot.n_docs,
        receipt=plan.receipt,
    )
    if not result.matches:
        return replace(result, reasons=tuple(dict.fromkeys(reader.why_not(execution.root))))
    words = [*reader.contributions(plan.root)]
    for extra in plan.extras:
        words += reader.contributions(extra, extra=True)
    # What the second stage looked at is what the first stage ranked highest.
    second = plan.second
    depth = plan.ranking.second_stage if second else RANKED
    number = snapshot.segments.index(place[0])
    order = [hit[1:] for hit in execution.best(depth)]
    rank = order.index((number, place[1])) + 1 if (number, place[1]) in order else None
    places = reader.places() if second and rank is not None else ()
    counted = {id(leaf) for leaf in reader.leaves(plan.root)}
    return replace(
        result,
        rank=rank,
        score=sum(line.score for line in words) + sum(line.score for line in places),
        words=tuple(words),
        places=places,
        absent=tuple(
            dict.fromkeys(leaf.label for leaf in leaves(plan.root) if id(leaf) not in counted)
        ),
    )


class _Reader:
    """Reads one document through the eyes of one plan."""

    def __init__(self, snapshot: Snapshot, plan: Plan, segment: Segment, doc: int) -> None:
        self.snapshot = snapshot
        self.plan = plan
        self.segment = segment
        self.doc = doc

    # ---- what matches ------------------------------------------------------------------

    def matches(self, node: Node) -> bool:
        if isinstance(node, Group):
            return any(self.places_of(node.field, form) for form, _ in node.forms)
        if isinstance(node, Phrase):
            return self.phrase_count(node) > 0
        if isinstance(node, Or):
            return any(map(self.matches, node.children))
        if isinstance(node, And):
            return all(map(self.matches, node.children))
        if isinstance(node, Maybe):
            return self.matches(node.required)
        if isinstance(node, Filter):
            return self.matches(node.child) and self.matches(node.by)
        if isinstance(node, Not):
            return not self.matches(node.child)
        if isinstance(node, Dates):
            local = self.local_seconds()
            return (
                local is not None
                and (node.low is None or local >= node.low)
                and (node.high is None or local <= node.high)
            )
        if isinstance(node, Every):
            return node.field is None or self.segment.columns[f"lengths.{node.field}"][self.doc] > 0
        if isinstance(node, Foreign):
            alone = Execution(self.snapshot, Plan(root=node, ranking=self.plan.ranking))
            return bool(alone.matches(self.snapshot.segments.index(self.segment))[self.doc])
        return False

    def why_not(self, node: Node) -> Iterator[str]:
        """Why the document does not match a node; nothing where it does."""
        if self.matches(node):
            return
        if isinstance(node, (Group, Phrase)):
            yield self.lacks(node)
        elif isinstance(node, Or):
            named = [leaf for child in node.children for leaf in leaves(child)]
            if len(named) == len(node.children):
                yield f"it has none of these: {_listed(leaf.label for leaf in named)}"
            else:
                for child in node.children:
                    yield from self.why_not(child)
        elif isinstance(node, And):
            for child in node.children:
                yield from self.why_not(child)
        elif isinstance(node, Maybe):
            yield from self.why_not(node.required)
        elif isinstance(node, Filter):
            yield from self.why_not(node.child)
            yield from self.why_not(node.by)
        elif isinstance(node, Not):
            found = [leaf.label for leaf in leaves(node.child) if self.matches(leaf)]
            what = _listed(found) if found else str(node.child)
            yield f"it has what the query excludes: {what}"
        elif isinstance(node, Dates):
            yield self.wrong_date(node)
        elif isinstance(node, Every):
            yield f"it has no {node.field}"
        elif isinstance(node, Nothing):
            yield "the query asks for what no article has"
        else:
            yield f"the Whoosh query does not match it: {node}"

    def lacks(self, leaf: Group | Phrase) -> str:
        where = "" if leaf.field == "text" else f" as {leaf.field}"
        if isinstance(leaf, Group):
            more = len(leaf.forms) - 1
            relatives = f" nor any of the {more} words that count as it" if more else ""
            return f"it does not have {_quoted(leaf.label)}{where}{relatives}"
        missing = [
            "/".join(slot)
            for slot in leaf.slots
            if not any(self.places_of(leaf.field, term) for term in slot)
        ]
        if missing:
            return f"it does not have {_listed(missing)}{where}, of the phrase {leaf.label!r}"
        distance = "together" if leaf.slop == 1 else f"within {leaf.slop} words of each other"
        return f"the words of {leaf.label!r} do not stand {distance} in it{where}"

    def wrong_date(self, node: Dates) -> str:
        local = self.local_seconds()
        low, high = (_day(moment) for moment in (node.low, node.high))
        period = f"from {low or 'the beginning'} to {high or 'now'}"
        if local is None:
            return f"it has no date, and the query asks for {period}"
        return f"it was published on {_day(local)}, and the query asks for {period}"

    def local_seconds(self) -> int | None:
        """When it was published by local clocks, seconds since 1970."""
        seconds: int = self.segment.columns["published"][self.doc]
        if seconds == NO_DATE:
            return None
        offset: int = self.segment.columns["offsets"][self.doc]
        return seconds + 60 * offset

    # ---- what counts -------------------------------------------------------------------

    def leaves(self, node: Node) -> Iterator[Group | Phrase | Foreign]:
        """The leaves that add to the score: those of the parts that match."""
        if isinstance(node, Maybe):
            yield from self.leaves(node.required)
            yield from self.leaves(node.optional)
        elif not self.matches(node):
            return
        elif isinstance(node, (Group, Phrase, Foreign)):
            yield node
        elif isinstance(node, (Or, And)):
            for child in node.children:
                yield from self.leaves(child)
        elif isinstance(node, Filter):
            yield from self.leaves(node.child)

    def contributions(self, node: Node, *, extra: bool = False) -> Iterator[Contribution]:
        for leaf in self.leaves(node):
            if isinstance(leaf, Group):
                yield self.group(leaf, extra)
            elif isinstance(leaf, Phrase):
                yield self.phrase(leaf)
            else:
                score = as_integer(leaf.weight) * 255 / UNIT
                yield Contribution(
                    label=str(leaf.query),
                    kind="query",
                    field="",
                    terms=(),
                    others=0,
                    saturation=1.0,
                    articles=0,
                    idf=1.0,
                    factor=leaf.weight,
                    weight=leaf.weight,
                    score=score,
                )

    def group(self, group: Group, extra: bool) -> Contribution:
        uses = []
        x = 0.0
        impact = 0
        for form, share in group.forms:
            places = self.places_of(group.field, form)
            if places:
                impact = self.impact(group.field, form)
                x += as_share(share) * _RATIOS[impact]
                articles = self.snapshot.doc_freq(group.field, form)
                uses.append(TermUse(form, share, len(places), articles))
        weight = as_integer(group.weight)
        if group.pooled:
            saturation = x / (1.0 + x)
            score = max(1, int(255.0 * weight * saturation + 0.5))
        else:
            saturation = impact / 255
            score = weight * impact
        n_docs = self.snapshot.n_docs
        freqs = [self.snapshot.doc_freq(group.field, form) for form, _ in group.forms]
        df = union_freq(freqs, n_docs)
        kind = "word"
        if extra:
            kind = "whole"
            if not any(form == group.label for form, _ in group.forms):
                # Rare misspellings of a frequent word must not weigh more than the word.
                kind = "near"
                df = max(df, self.own_freq(group.label))
        return Contribution(
            label=group.label,
            kind=kind,
            field=group.field,
            terms=tuple(sorted(uses, key=lambda use: (-use.share, -use.count, use.term))),
            others=len(group.forms) - len(uses),
            saturation=saturation,
            articles=round(df),
            idf=idf(df, n_docs),
            factor=group.weight / idf(df, n_docs),
            weight=group.weight,
            score=score / UNIT,
        )

    def own_freq(self, label: str) -> float:
        """The document frequency of the query word that near spellings belong to."""
        for leaf in leaves(self.plan.root):
            if isinstance(leaf, Group) and leaf.label == label:
                freqs = [self.snapshot.doc_freq(leaf.field, form) for form, _ in leaf.forms]
                return union_freq(freqs, self.snapshot.n_docs)
        return 0.0

    def phrase(self, phrase: Phrase) -> Contribution:
        count = self.phrase_count(phrase)
        header, length = self.segment.header, self.segment.columns[f"lengths.{phrase.field}"]
        k1, b = header["k1"], header["b"]
        norm = k1 * (1.0 - b + b * length[self.doc] / header["pivots"][phrase.field])
        impact = max(1, min(255, int(255.0 * count / (count + norm) + 0.5)))
        n_docs = self.snapshot.n_docs
        freqs = [
            union_freq([self.snapshot.doc_freq(phrase.field, t) for t in slot], n_docs)
            for slot in phrase.slots
        ]
        total = sum(idf(freq, n_docs) for freq in freqs)
        return Contribution(
            label=phrase.label,
            kind="phrase",
            field=phrase.field,
            terms=(TermUse(phrase.label, 1.0, count, 0),),
            others=0,
            saturation=impact / 255,
            articles=round(min(freqs)),
            idf=total,
            factor=phrase.weight / total,
            weight=phrase.weight,
            score=as_integer(phrase.weight) * impact / UNIT,
        )

    # ---- postings ----------------------------------------------------------------------

    def places_of(self, field: str, term: str) -> list[int]:
        """Where a term stands in the document."""
        lists = self.segment.field(field)
        number = lists.find(term.encode("utf-8", "replace"))
        if number < 0:
            return []
        return list(lists.positions(number, array("I", [self.doc]))[1])

    def impact(self, field: str, term: str) -> int:
        """The saturated frequency of a term the document has, 0 to 255."""
        lists = self.segment.field(field)
        number = lists.find(term.encode("utf-8", "replace"))
        docs: Any = lists.docs(number)
        value: int = lists.impacts(number)[bisect_left(docs, self.doc)]
        return value

    def phrase_count(self, phrase: Phrase) -> int:
        """How often a phrase stands in the document: its ends, each counted once."""
        slots = [
            sorted({place for term in slot for place in self.places_of(phrase.field, term)})
            for slot in phrase.slots
        ]
        ends = slots[0]
        for i in range(1, len(slots)):
            step = phrase.gaps[i] - phrase.gaps[i - 1]
            if phrase.slop == 1:
                before = set(ends)
                ends = [place for place in slots[i] if place - step in before]
            else:
                reach = phrase.slop + step - 1
                ends = [
                    place
                    for place in slots[i]
                    if (n := bisect_left(ends, place)) and place - ends[n - 1] <= reach
                ]
        return len(ends)

    # ---- the second stage --------------------------------------------------------------

    def places(self) -> tuple[Place, ...]:
        """The three sums of the second stage, those that are on."""
        second, ranking = self.plan.second, self.plan.ranking
        assert second is not None
        stands = [
            sorted({place for form in forms for place in self.places_of("text", form)})
            for forms in second.words
        ]
        names = [self.name_of(forms) for forms in second.words]
        found: list[Place] = []
        if ranking.pairs:
            pairs = [
                (f"{names[left]} {names[right]}", weight)
                for left, right, distance, weight in second.pairs
                if any(
                    place < after <= place + distance
                    for place in stands[left]
                    for after in stands[right]
                )
            ]
            found.append(_place("pairs", ranking.pair_weight, pairs))
        if ranking.window:
            best: list[tuple[str, float]] = []
            for start in sorted({place for its in stands for place in its}):
                inside = [
                    (names[i], second.weights[i])
                    for i, its in enumerate(stands)
                    if second.weights[i]
                    and bisect_left(its, start) < bisect_left(its, start + WINDOW)
                ]
                if sum(value for _, value in inside) > sum(value for _, value in best):
                    best = inside
            found.append(_place("window", ranking.window_weight, best))
        if ranking.lead:
            lead = [
                (names[i], second.leads[i])
                for i, its in enumerate(stands)
                if its and its[0] < LEAD and second.leads[i]
            ]
            found.append(_place("lead", ranking.lead_weight, lead))
        return tuple(found)

    def name_of(self, forms: tuple[str, ...]) -> str:
        """The query word that these terms count as."""
        for leaf in leaves(self.plan.root):
            if isinstance(leaf, Group) and tuple(form for form, _ in leaf.forms) == forms:
                return leaf.label
        return forms[0]


def _place(name: str, weight: float, parts: list[tuple[str, float]]) -> Place:
    return Place(name, weight, tuple(parts), weight * sum(value for _, value in parts))


def _day(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).date().isoformat()


def _quoted(label: str) -> str:
    return repr(label) if " " in label else label


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(map(_quoted, labels)))


__all__ = ["Contribution", "Explanation", "Place", "TermUse", "explain"]
