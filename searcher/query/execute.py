"""A plan and a snapshot to documents and scores.

Flat queries (words that suffice or are required, with filters) go to the kernel that
never looks at most of the postings. Any other tree is evaluated bottom up, segment by
segment, as arrays. Both give the same integers, so they can be held against each other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from searcher.index.layout import NO_DATE
from searcher.index.segment import Segment
from searcher.index.snapshot import Snapshot
from searcher.kernels.postings import (
    EXTRA,
    OPTIONAL,
    PHRASE,
    POOLED,
    REQUIRED,
    SINGLE,
    WEIGHT_SCALE,
    Search,
    as_share,
    best_of,
    ratios,
)
from searcher.kernels.proximity import proximity
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
    SecondStage,
)
from searcher.query.ranking import Ranking
from searcher.results import Sort

#: One unit of real score in the kernels' integers.
UNIT = WEIGHT_SCALE * 255
#: The second stage's window and lead, in positions.
WINDOW, LEAD = 80, 40

_RATIOS = ratios()


#: One document of an answer: its score, its segment by number, and its number in that.
#: A bare tuple, being made ten times a search and seldom looked at by name.
Found: TypeAlias = tuple[float, int, int]


class Flat(NamedTuple):
    """A tree without nesting: what the kernel can run."""

    optional: tuple[Group | Phrase, ...] = ()
    required: tuple[Group | Phrase, ...] = ()
    filters: tuple[Node, ...] = ()


def flatten(node: Node) -> Flat | None:
    """The tree as required, optional and filtering leaves, or None if it is nested."""
    if isinstance(node, (Group, Phrase)):
        return Flat(optional=(node,))
    if isinstance(node, Or):
        if all(isinstance(child, (Group, Phrase)) for child in node.children):
            return Flat(optional=node.children)  # type: ignore[arg-type]
        return None
    if isinstance(node, Filter):
        inner = flatten(node.child)
        return inner and inner._replace(filters=(*inner.filters, node.by))
    if isinstance(node, Maybe):
        must, may = flatten(node.required), flatten(node.optional)
        if not must or not may or may.required or may.filters:
            return None
        if len(must.optional) > 1 or (must.optional and must.required):
            return None
        return Flat(may.optional, must.required + must.optional, must.filters)
    if isinstance(node, And):
        filters = tuple(c for c in node.children if isinstance(c, (Not, Dates, Every)))
        scored = [c for c in node.children if not isinstance(c, (Not, Dates, Every))]
        if len(scored) == 1:
            inner = flatten(scored[0])
            return inner and inner._replace(filters=inner.filters + filters)
        if scored and all(isinstance(child, (Group, Phrase)) for child in scored):
            return Flat((), tuple(scored), filters)  # type: ignore[arg-type]
    return None


class Execution:
    """One plan run on one snapshot. Results are computed when asked for.

    ``filters`` are nodes that every document of the answer must match as well.
    """

    def __init__(self, snapshot: Snapshot, plan: Plan, filters: Iterable[Node] = ()) -> None:
        self.snapshot = snapshot
        self.plan = plan
        root = plan.root
        for node in filters:
            root = Filter(root, node)
        self.root: Node = root
        self.flat = flatten(root)
        self._searches: list[Search] | None = None
        self._masks: list[Any] | None = None
        self._stage: Stage | None = None
        self._foreign: dict[int, list[array[int]]] = {}

    # ---- answers -----------------------------------------------------------------------

    def best(self, k: int) -> list[Found]:
        """The ``k`` best documents, best first; equal scores in document order."""
        second = self.plan.second
        if second is None:
            return self._best(k)
        stage = self.plan.ranking.second_stage
        found = self._best(max(k, stage))
        return (self._look_again(found[:stage]) + found[stage:])[:k]

    def _best(self, k: int) -> list[Found]:
        """The ``k`` best by the first stage."""
        searches = self._searches or self._prepared()
        if searches is not None:
            masks = self._masks or self._filtered()
            hits: list[Found] | None = best_of(searches, k, masks, UNIT)
            if hits is not None:
                return hits
        found: list[tuple[int, int, int]] = []
        for number, segment in enumerate(self.snapshot.segments):
            floor = -found[k - 1][0] + 1 if len(found) >= k else 0
            found += [(-score, number, doc) for score, doc in self._top(segment, k, floor)]
            found.sort()
            del found[k:]
        return [(-score / UNIT, number, doc) for score, number, doc in found]

    def by_date(self, k: int, sort: Sort) -> list[Found]:
        """The ``k`` newest or oldest matches; articles without a date come last."""
        found: list[tuple[int, int, int]] = []
        sign = -1 if sort == "newest" else 1
        searches = self._prepared()
        for number, segment in enumerate(self.snapshot.segments):
            moments = segment.columns["published"]
            search = searches[number] if searches is not None else None
            for doc in self._first(number, segment, search, k, sort):
                moment = moments[doc]
                found.append((2**62 if moment == NO_DATE else sign * moment, number, doc))
        found.sort()
        return [(0.0, number, doc) for _, number, doc in found[:k]]

    def _first(
        self, number: int, segment: Segment, search: Search | None, k: int, sort: Sort
    ) -> Iterable[int]:
        """At least the ``k`` first matches of a segment by date."""
        oldest = sort == "oldest"
        order, moments = segment.columns["by_date"], segment.columns["published"]
        if search is not None and search.often(k):
            mask = self._filter(number, segment)
            docs: list[int] | None = search.first(k, order, moments, oldest=oldest, mask=mask)
            if docs is not None:
                return docs
        import numpy as np

        matches = np.flatnonzero(np.frombuffer(self.matches(number), dtype=np.uint8))
        if len(matches) <= k:
            return matches.tolist()
        its = np.asarray(moments)[matches]
        keys = np.where(its == NO_DATE, 2**62, its if oldest else -its)
        limit = np.partition(keys, k - 1)[k - 1]
        return matches[keys <= limit].tolist()  # type: ignore[no-any-return]

    def total(self) -> int:
        """How many articles match."""
        return sum(sum_bytes(self.matches(n)) for n in range(len(self.snapshot.segments)))

    def matches(self, number: int) -> bytes:
        """One byte a document of a segment: 1 where it matches and lives."""
        segment = self.snapshot.segments[number]
        mask = self._mask(segment, number, self.root)
        return mask if segment.live is None else _both(mask, bytes(segment.live))

    # ---- the flat way ------------------------------------------------------------------

    def _prepared(self) -> list[Search] | None:
        """The kernel's searches, one a segment; None where the tree is nested."""
        if self._searches is not None or self.flat is None:
            return self._searches
        prepared = [self._prepare(segment, self.flat) for segment in self.snapshot.segments]
        searches = [search for search, _ in prepared]
        # What was made for the query is as large as its answer: not to be kept.
        if all(lasting for _, lasting in prepared):
            self._searches = searches
        return searches

    def _prepare(self, segment: Segment, flat: Flat) -> tuple[Search, bool]:
        """The kernel's search of a segment, and whether it refers to what the index holds alone."""
        field = "text"
        leaves = flat.optional + flat.required
        if (
            leaves
            and all(leaf.field == leaves[0].field for leaf in leaves)
            and not self.plan.extras
        ):
            field = leaves[0].field
        lists = segment.field(field)
        n_terms = len(lists)
        bounds, terms, shares, gaps = array("i", [0]), array("i"), array("d"), array("i")
        weights, roles, kinds = array("q"), bytearray(), bytearray()
        starts, docs, impacts = array("I", [0]), array("I"), bytearray()

        def made(its_docs: Any, its_impacts: Any) -> int:
            docs.extend(its_docs)
            impacts.extend(its_impacts)
            starts.append(len(docs))
            return n_terms + len(starts) - 2

        norms = None
        for role, group in (
            *((REQUIRED, leaf) for leaf in flat.required),
            *((OPTIONAL, leaf) for leaf in flat.optional),
            *((EXTRA, leaf) for leaf in self.plan.extras),
        ):
            kind = SINGLE
            if isinstance(group, Group):
                its = lists if group.field == field else segment.field(group.field)
                for form, share in group.forms:
                    term = its.find(form.encode("utf-8", "replace"))
                    if term < 0:
                        continue
                    if its is not lists:
                        term = made(its.docs(term), its.impacts(term))
                    terms.append(term)
                    shares.append(share)
                if group.pooled:
                    kind = POOLED
            elif group.field == field and is_exact(group):
                numbers = [lists.find(slot[0].encode("utf-8", "replace")) for slot in group.slots]
                if min(numbers) >= 0:
                    terms.extend(numbers)
                    shares.extend([1.0] * len(numbers))
                    gaps.extend([0] * (len(terms) - len(gaps) - len(numbers)))
                    gaps.extend(group.gaps)
                    kind = PHRASE
                    header = segment.header
                    norms = (
                        segment.lengths(field),
                        header["k1"],
                        header["b"],
                        header["pivots"][field],
                    )
            else:
                found = phrase(segment, group)
                if len(found[0]):
                    terms.append(made(array("I", found[0].tobytes()), found[1].tobytes()))
                    shares.append(1.0)
            if len(terms) == bounds[-1] and role != REQUIRED:
                continue
            bounds.append(len(terms))
            weights.append(as_integer(group.weight))
            roles.append(role)
            kinds.append(kind)
        gaps.extend([0] * (len(terms) - len(gaps)))
        period = [node for node in flat.filters if isinstance(node, Dates)]
        dates = None
        if period:
            dates = (
                segment.columns["published"],
                segment.columns["offsets"],
                max((node.low for node in period if node.low is not None), default=None),
                min((node.high for node in period if node.high is not None), default=None),
            )
        table = (starts, docs, bytes(impacts)) if len(starts) > 1 else None
        search = Search(
            lists,
            bounds,
            terms,
            shares,
            weights,
            bytes(roles),
            bytes(kinds),
            gaps=gaps,
            norms=norms,
            dates=dates,
            made=table,
        )
        return search, table is None

    def _filtered(self) -> list[bytes | memoryview | None]:
        """:meth:`_filter` of every segment; kept where it is no more than what is deleted."""
        assert self.flat is not None
        masks = [self._filter(*numbered) for numbered in enumerate(self.snapshot.segments)]
        if all(isinstance(node, Dates) for node in self.flat.filters):
            self._masks = masks
        return masks

    def _filter(self, number: int, segment: Segment) -> bytes | memoryview | None:
        """One byte a document, 0 where a filter or its deletion leaves it out; None: all stay.

        Dates are not in it: the kernel looks at those of the few documents it meets.
        """
        assert self.flat is not None
        mask: bytes | memoryview | None = segment.live
        for node in self.flat.filters:
            if not isinstance(node, Dates):
                its = self._mask(segment, number, node)
                mask = its if mask is None else _both(bytes(mask), its)
        return mask

    # ---- the general way ---------------------------------------------------------------

    def _top(self, segment: Segment, k: int, floor: int) -> list[tuple[int, int]]:
        """(score, document) of the ``k`` best that reach ``floor``, best first."""
        import numpy as np

        docs, scores = self._evaluate(segment, self.root)
        if segment.live is not None and len(docs):
            alive = np.frombuffer(segment.live, dtype=np.uint8)[docs] != 0
            docs, scores = docs[alive], scores[alive]
        for extra in self.plan.extras:
            more = np.zeros(segment.n_docs, dtype=np.int64)
            its_docs, its_scores = self._evaluate(segment, extra)
            more[its_docs] = its_scores
            scores = scores + more[docs]
        keep = scores >= floor
        docs, scores = docs[keep], scores[keep]
        if len(docs) > k:
            limit = np.partition(scores, len(scores) - k)[len(scores) - k]
            docs, scores = docs[scores >= limit], scores[scores >= limit]
        order = np.lexsort((docs, -scores))[:k]
        return list(zip(scores[order].tolist(), docs[order].tolist(), strict=True))

    def _evaluate(self, segment: Segment, node: Node) -> tuple[Any, Any]:
        """(documents ascending, int64 scores) of a node, deleted documents included."""
        import numpy as np

        n = segment.n_docs
        if isinstance(node, Group):
            return _group(segment, node)
        if isinstance(node, Phrase):
            docs, impacts = phrase(segment, node)
            return docs.astype(np.int64), as_integer(node.weight) * impacts.astype(np.int64)
        if isinstance(node, (Or, And)):
            scores, counts = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int32)
            for child in node.children:
                docs, its = self._evaluate(segment, child)
                scores[docs] += its
                counts[docs] += 1
            docs = np.flatnonzero(counts == len(node.children) if isinstance(node, And) else counts)
            return docs, scores[docs]
        if isinstance(node, Maybe):
            docs, scores = self._evaluate(segment, node.required)
            more = np.zeros(n, dtype=np.int64)
            its_docs, its = self._evaluate(segment, node.optional)
            more[its_docs] = its
            return docs, scores + more[docs]
        if isinstance(node, Filter):
            docs, scores = self._evaluate(segment, node.child)
            inside = np.zeros(n, dtype=bool)
            inside[self._evaluate(segment, node.by)[0]] = True
            return docs[inside[docs]], scores[inside[docs]]
        if isinstance(node, Not):
            outside = np.ones(n, dtype=bool)
            outside[self._evaluate(segment, node.child)[0]] = False
            docs = np.flatnonzero(outside)
        elif isinstance(node, Dates):
            docs = np.flatnonzero(dates(segment, node))
        elif isinstance(node, Every):
            docs = np.arange(n) if node.field is None else np.flatnonzero(filled(segment, node))
        elif isinstance(node, Foreign):
            docs = self._through_whoosh(segment, node)
            return docs, np.full(len(docs), as_integer(node.weight) * 255, dtype=np.int64)
        else:
            assert isinstance(node, Nothing)
            docs = np.zeros(0, dtype=np.int64)
        return docs, np.zeros(len(docs), dtype=np.int64)

    def _through_whoosh(self, segment: Segment, node: Foreign) -> Any:
        """The documents of a query that Whoosh runs, once for all segments."""
        import numpy as np

        found = self._foreign.get(id(node))
        if found is None:
            from searcher.query.reader import foreign

            found = self._foreign[id(node)] = foreign(self.snapshot, node.query)
        docs = found[self.snapshot.segments.index(segment)]
        return np.frombuffer(docs, dtype=np.uint32).astype(np.int64)

    # ---- what matches ------------------------------------------------------------------

    def _mask(self, segment: Segment, number: int, node: Node) -> bytes:
        """One byte a document: 1 where the node matches, deleted or not."""
        n = segment.n_docs
        if isinstance(node, Group):
            marks = bytearray(n)
            lists = segment.field(node.field)
            for form, _ in node.forms:
                term = lists.find(form.encode("utf-8", "replace"))
                if term >= 0:
                    lists.mark(term, marks, 1)
            return bytes(marks)
        if isinstance(node, Or):
            mask = bytes(n)
            for child in node.children:
                mask = _either(mask, self._mask(segment, number, child))
            return mask
        if isinstance(node, And):
            mask = b"\1" * n
            for child in node.children:
                mask = _both(mask, self._mask(segment, number, child))
            return mask
        if isinstance(node, Filter):
            return _both(
                self._mask(segment, number, node.child), self._mask(segment, number, node.by)
            )
        if isinstance(node, Maybe):
            return self._mask(segment, number, node.required)
        if isinstance(node, Not):
            return _inverse(self._mask(segment, number, node.child))
        if isinstance(node, Every):
            if node.field is None:
                return b"\1" * n
            return bytes(filled(segment, node))
        if isinstance(node, Nothing):
            return bytes(n)
        if isinstance(node, Dates):
            mask = dates(segment, node).tobytes()
            assert isinstance(mask, bytes)
            return mask
        marks = bytearray(n)
        for doc in self._evaluate(segment, node)[0].tolist():
            marks[doc] = 1
        return bytes(marks)

    # ---- the second stage --------------------------------------------------------------

    def _look_again(self, hits: list[Found]) -> list[Found]:
        """Rescore the best documents by where the query words stand in them."""
        stage = self._stage
        if stage is None:
            assert self.plan.second is not None
            stage = self._stage = Stage(self.plan.second, self.plan.ranking)
        again: list[Found] = []
        for number, segment in enumerate(self.snapshot.segments):
            its = sorted((doc, score) for score, where, doc in hits if where == number)
            if its:
                docs = array("I", [doc for doc, _ in its])
                bonus = stage.bonus(segment, number, docs)
                again += [
                    (-(score + more), number, doc)
                    for (doc, score), more in zip(its, bonus, strict=True)
                ]
        again.sort()
        return [(-score, number, doc) for score, number, doc in again]


class Stage:
    """The second stage of one plan, on one snapshot."""

    def __init__(self, second: SecondStage, ranking: Ranking) -> None:
        self._words = second.words
        self._values = (
            array("d", second.weights),
            array("d", second.leads),
            array("i", [v for left, right, gap, _ in second.pairs for v in (left, right, gap)]),
            array("d", [weight for _, _, _, weight in second.pairs]),
        )
        self._factors = (
            ranking.pair_weight if ranking.pairs else 0.0,
            ranking.window_weight if ranking.window else 0.0,
            ranking.lead_weight if ranking.lead else 0.0,
        )
        #: A segment's number to its terms, and the words that they count as.
        self._terms: dict[int, tuple[array[int], array[int]]] = {}

    def bonus(self, segment: Segment, number: int, docs: array[int]) -> list[float]:
        """What each of the ascending documents gets on top of its score."""
        lists = segment.field("text")
        held = self._terms.get(number)
        if held is None:
            held = (array("i"), array("i"))
            for word, forms in enumerate(self._words):
                for form in forms:
                    term = lists.find(form.encode("utf-8", "replace"))
                    if term >= 0:
                        held[0].append(term)
                        held[1].append(word)
            # Only now: threads share a stage, and another may come by at any time.
            self._terms[number] = held
        starts, places, whose = lists.standing(*held, docs)
        sums = proximity(starts, places, whose, *self._values, WINDOW, LEAD)
        a, b, c = self._factors
        return [a * near + b * window + c * lead for near, window, lead in zip(*sums, strict=True)]


# ---- leaves as arrays ------------------------------------------------------------------


def as_integer(weight: float) -> int:
    """A real weight as the kernels take it."""
    return max(1, round(weight * WEIGHT_SCALE))


def _group(segment: Segment, group: Group) -> tuple[Any, Any]:
    """(documents, scores) of a group, by the formula of ``kernels.postings``."""
    import numpy as np

    lists = segment.field(group.field)
    weight = as_integer(group.weight)
    ratio = np.frombuffer(_RATIOS, dtype=np.float64)
    if not group.pooled:
        term = lists.find(group.forms[0][0].encode("utf-8", "replace"))
        if term < 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        docs = np.frombuffer(lists.docs(term), dtype=np.uint32).astype(np.int64)
        impacts = np.frombuffer(lists.impacts(term), dtype=np.uint8).astype(np.int64)
        return docs, weight * impacts
    x = np.zeros(segment.n_docs)
    for form, share in group.forms:
        term = lists.find(form.encode("utf-8", "replace"))
        if term >= 0:
            docs = np.frombuffer(lists.docs(term), dtype=np.uint32)
            x[docs] += as_share(share) * ratio[np.frombuffer(lists.impacts(term), dtype=np.uint8)]
    docs = np.flatnonzero(x)
    x = x[docs]
    return docs, np.maximum(1, (255.0 * weight * (x / (1.0 + x)) + 0.5).astype(np.int64))


def is_exact(node: Phrase) -> bool:
    """Whether a phrase is one term after the other, as the kernel takes it."""
    return node.slop == 1 and all(len(set(slot)) == 1 for slot in node.slots)


def phrase(segment: Segment, node: Phrase) -> tuple[Any, Any]:
    """(documents, impacts) of a phrase: uint32 and uint8 arrays, documents ascending.

    A phrase is saturated like a word that occurs as often as it does.
    """
    import numpy as np

    docs, counts = phrase_counts(segment, node)
    if not len(docs):
        return docs, np.zeros(0, dtype=np.uint8)
    header = segment.header
    lengths = np.asarray(segment.columns[f"lengths.{node.field}"])[docs].astype(np.float64)
    norm = header["k1"] * (1.0 - header["b"] + header["b"] * lengths / header["pivots"][node.field])
    impacts = np.floor(255.0 * counts / (counts + norm) + 0.5)
    return docs, np.clip(impacts, 1, 255).astype(np.uint8)


def phrase_counts(segment: Segment, node: Phrase) -> tuple[Any, Any]:
    """(documents, how often the phrase occurs in each); documents are uint32."""
    import numpy as np

    lists = segment.field(node.field)
    slots: list[list[int]] = []
    for slot in node.slots:
        terms = [lists.find(term.encode("utf-8", "replace")) for term in slot]
        slots.append([term for term in terms if term >= 0])
    nothing = np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64)
    if not all(slots):
        return nothing
    docs: Any = None
    for terms in sorted(slots, key=lambda its: sum(lists.doc_freq(t) for t in its)):
        held = [np.frombuffer(lists.docs(term), dtype=np.uint32) for term in terms]
        union = held[0] if len(held) == 1 else np.unique(np.concatenate(held))
        docs = union if docs is None else np.intersect1d(docs, union, assume_unique=True)
        if not len(docs):
            return nothing
    wanted = array("I", docs.astype(np.uint32).tobytes())

    def places(terms: list[int]) -> Any:
        """document number * 2^32 + position, ascending, of all occurrences."""
        keys = []
        for term in terms:
            at, positions = lists.positions(term, wanted)
            counts: Any = np.diff(np.frombuffer(at, dtype=np.uint32).astype(np.int64))
            owner = np.repeat(np.arange(len(docs), dtype=np.int64), counts)
            keys.append((owner << 32) | np.frombuffer(positions, dtype=np.uint32))
        return keys[0] if len(keys) == 1 else np.unique(np.concatenate(keys))

    reached = places(slots[0])
    for i in range(1, len(slots)):
        if not len(reached):
            break
        here = places(slots[i])
        if node.slop == 1:
            step = node.gaps[i] - node.gaps[i - 1]
            reached = np.intersect1d(reached + step, here, assume_unique=True)
            continue
        # Ends that follow some end of the chain so far within the slop.
        before = np.searchsorted(reached, here) - 1
        near = np.where(before >= 0, here - reached[np.maximum(before, 0)], 1 << 62)
        reached = here[near <= node.slop + node.gaps[i] - node.gaps[i - 1] - 1]
    counts = np.bincount(reached >> 32, minlength=len(docs))
    held_by = np.flatnonzero(counts)
    return docs[held_by].astype(np.uint32), counts[held_by]


def filled(segment: Segment, node: Every) -> Any:
    """A boolean array: which documents have a word in the field."""
    import numpy as np

    return np.asarray(segment.columns[f"lengths.{node.field}"]) > 0


def dates(segment: Segment, node: Dates) -> Any:
    """A boolean array: which documents were published in the stretch, by local clocks."""
    import numpy as np

    published = np.asarray(segment.columns["published"])
    local = published + 60 * np.asarray(segment.columns["offsets"]).astype(np.int64)
    inside = published != NO_DATE
    if node.low is not None:
        inside &= local >= node.low
    if node.high is not None:
        inside &= local <= node.high
    return inside


# ---- masks without NumPy, which a cold search would wait for ---------------------------


def _both(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "little") & int.from_bytes(b, "little")).to_bytes(len(a), "little")


def _either(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "little") | int.from_bytes(b, "little")).to_bytes(len(a), "little")


_FLIP = bytes((1, 0)) + bytes(254)


def _inverse(a: bytes) -> bytes:
    return a.translate(_FLIP)


def sum_bytes(mask: bytes) -> int:
    """How many bytes of a mask are 1."""
    return mask.count(1)
