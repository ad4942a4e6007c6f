"""Plans of every kind, run by kernel and by arrays, against counting document by document.

The oracle knows the formula of ``kernels.postings`` and the articles; it reads no
postings list. Scores are integers on both sides and must be equal, ties and all.
"""

from __future__ import annotations

import tracemalloc
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh.query import Term

from searcher.analysis import Analyzer
from searcher.article import Article
from searcher.index.segment import Segment
from searcher.index.snapshot import Snapshot
from searcher.index.writer import Writer
from searcher.kernels.postings import WEIGHT_SCALE
from searcher.query.execute import (
    LEAD,
    UNIT,
    WINDOW,
    Execution,
    Flat,
    Stage,
    as_integer,
    flatten,
)
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

WORDS = [
    "apel", "batu", "cabe", "domba", "elang", "fajar", "gajah", "hutan", "ikan", "jarum",
    "kapal", "lampu",
]  # fmt: skip
DAYS = [datetime(2023, 1, 1, tzinfo=timezone(timedelta(hours=h))) for h in (7, 8, 9)]
DAYS += [day + timedelta(days=n) for day in DAYS for n in (1, 40)]
PLAIN = Ranking(second_stage=0)


# ---- the oracle ----------------------------------------------------------------------


@dataclass
class Doc:
    """One live document: where it is, and where each term stands in it."""

    segment: int
    doc: int
    article: Article
    places: dict[str, dict[str, list[int]]]
    norms: dict[str, float]


def documents(snapshot: Snapshot) -> list[Doc]:
    """The live documents in order, read from their articles."""
    analyzer = Analyzer()
    return [
        Doc(number, doc, segment.article(doc), *_placed(analyzer, segment, segment.article(doc)))
        for number, segment in enumerate(snapshot.segments)
        for doc in segment.docs()
    ]


def _placed(
    analyzer: Analyzer, segment: Segment, article: Article
) -> tuple[dict[str, dict[str, list[int]]], dict[str, float]]:
    places: dict[str, dict[str, list[int]]] = {}
    norms = {}
    k1, b = segment.header["k1"], segment.header["b"]
    for field, text in (("text", article.text), ("title", article.title)):
        at = places[field] = {}
        for token in analyzer.analyze(text):
            at.setdefault(token.term, []).append(token.position)
        length = len(text.split())  # each of WORDS takes one position
        norms[field] = k1 * (1.0 - b + b * length / max(segment.header["pivots"][field], 1e-9))
    return places, norms


def impact(count: int, norm: float) -> int:
    return max(1, int(255.0 * count / (count + norm) + 0.5))


def ratio(its: int) -> float:
    s = min(its, 254.5) / 255.0
    return round(s / (1.0 - s) * 2**18) / 2**18


def score(node: Node, doc: Doc) -> int | None:
    """What a node gives a document; None where it does not match."""
    match node:
        case Group():
            its = doc.places[node.field]
            hits = [(share, len(its[t])) for t, share in node.forms if t in its and share > 0]
            if not hits:
                return None
            weight, norm = as_integer(node.weight), doc.norms[node.field]
            if not node.pooled:
                return weight * impact(hits[0][1], norm)
            x = 0.0
            for share, count in hits:
                x += round(share * 2**14) / 2**14 * ratio(impact(count, norm))
            return max(1, int(255.0 * weight * (x / (1.0 + x)) + 0.5))
        case Phrase():
            count = occurrences(node, doc.places[node.field])
            return as_integer(node.weight) * impact(count, doc.norms[node.field]) if count else None
        case Or():
            scores = [its for child in node.children if (its := score(child, doc)) is not None]
            return sum(scores) if scores else None
        case And():
            every = [score(child, doc) for child in node.children]
            return None if None in every else sum(filter(None, every))
        case Not():
            return 0 if score(node.child, doc) is None else None
        case Maybe():
            must = score(node.required, doc)
            return None if must is None else must + (score(node.optional, doc) or 0)
        case Filter():
            return None if score(node.by, doc) is None else score(node.child, doc)
        case Dates():
            moment = doc.article.published
            if moment is None:
                return None
            clock = int(moment.replace(tzinfo=UTC).timestamp())
            inside = (node.low is None or clock >= node.low) and (
                node.high is None or clock <= node.high
            )
            return 0 if inside else None
        case Every():
            return 0 if node.field is None or doc.places[node.field] else None
        case Foreign():
            held = node.query.text in doc.places["text"]
            return as_integer(node.weight) * 255 if held else None
        case _:
            return None


def occurrences(node: Phrase, its: dict[str, list[int]]) -> int:
    """How many places a phrase ends at."""
    slots = [{p for term in slot for p in its.get(term, ())} for slot in node.slots]
    ends = slots[0]
    for before, here, slot in zip(node.gaps, node.gaps[1:], slots[1:], strict=False):
        step = here - before
        least, most = (step, step) if node.slop == 1 else (1, node.slop + step - 1)
        ends = {p for p in slot if any(least <= p - q <= most for q in ends)}
    return len(ends)


def ranked(docs: Iterable[Doc], plan: Plan, root: Node) -> list[tuple[int, int, int]]:
    """(score, segment, document) of all matches, best first, ties by document order."""
    found = []
    for doc in docs:
        its = score(root, doc)
        if its is not None:
            its += sum(score(extra, doc) or 0 for extra in plan.extras)
            found.append((its, doc.segment, doc.doc))
    return sorted(found, key=lambda hit: (-hit[0], hit[1], hit[2]))


# ---- what is drawn -------------------------------------------------------------------

words = st.sampled_from(WORDS)
texts = st.lists(words, max_size=12).map(" ".join)
articles = st.builds(
    Article,
    id=st.integers(0, 30).map(str),
    title=st.lists(words, max_size=3).map(" ".join),
    body=texts,
    published=st.one_of(st.none(), st.sampled_from(DAYS)),
)
changes = st.one_of(articles, articles, articles, st.integers(0, 30).map(str))
histories = st.lists(st.lists(changes, max_size=20), min_size=1, max_size=4)

fields = st.sampled_from(["text", "text", "text", "title"])
weights = st.sampled_from([0.0, 0.0001, 0.5, 1.0, 1.0, 7.25])
shares = st.sampled_from([1.0, 0.5, 0.35])
terms = st.sampled_from([*WORDS, "tiada"])


@st.composite
def groups(draw: st.DrawFn) -> Group:
    forms = draw(st.lists(terms, min_size=1, max_size=4, unique=True))
    alone = len(forms) == 1 and draw(st.booleans())
    pairs = tuple((term, 1.0 if alone else draw(shares)) for term in forms)
    return Group(forms[0], draw(fields), pairs, draw(weights))


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    slots = draw(st.lists(st.lists(terms, min_size=1, max_size=2), min_size=2, max_size=3))
    steps = draw(st.lists(st.integers(1, 2), min_size=len(slots) - 1, max_size=len(slots) - 1))
    gaps = [0]
    for step in steps:
        gaps.append(gaps[-1] + step)
    slop = draw(st.sampled_from([1, 1, 2, 4]))
    return Phrase("", draw(fields), tuple(map(tuple, slots)), tuple(gaps), slop, draw(weights))


leaves = st.one_of(groups(), groups(), phrases())
moments = st.one_of(
    st.none(), st.sampled_from([int(d.replace(tzinfo=UTC).timestamp()) for d in DAYS])
)
sieves = st.one_of(
    st.builds(Dates, moments, moments),
    st.just(Every()),
    st.just(Every("title")),
    st.just(Nothing()),
    st.builds(Not, leaves),
)
foreigners = st.builds(lambda word, weight: Foreign(Term("text", word), weight), words, weights)
several = st.lists(leaves, min_size=1, max_size=4).map(tuple)
flats = st.one_of(
    leaves,
    st.builds(Or, several),
    st.builds(And, several),
    st.builds(Maybe, leaves, st.builds(Or, several)),
    st.builds(lambda some, more: And((Or(some), *more)), several, st.lists(sieves, max_size=2)),
    st.builds(lambda some, more: And((*some, *more)), several, st.lists(sieves, max_size=2)),
)
trees = st.recursive(
    st.one_of(leaves, leaves, sieves, foreigners),
    lambda nodes: st.one_of(
        st.builds(Or, st.lists(nodes, min_size=1, max_size=3).map(tuple)),
        st.builds(And, st.lists(nodes, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, nodes),
        st.builds(Maybe, nodes, nodes),
        st.builds(Filter, nodes, nodes),
    ),
    max_leaves=6,
)
plans = st.builds(
    Plan,
    root=st.one_of(flats, trees),
    ranking=st.just(PLAIN),
    extras=st.lists(leaves, max_size=2).map(tuple),
)


def committed(directory: Path, history: list[list[Article | str]]) -> Snapshot:
    """An index with one commit for each list of changes; a text is an id to delete."""
    for first, changes in enumerate(history):
        with Writer(directory, fresh=not first) as writer:
            for change in changes:
                if isinstance(change, str):
                    writer.delete(change)
                else:
                    writer.add(change)
    return Snapshot(directory)


quickly = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def no_waiting_for_the_disk():
    """Hundreds of small commits, none of which has to survive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda handle: None)
        yield


# ---- facts ---------------------------------------------------------------------------


@settings(quickly, max_examples=25)
@given(
    history=histories,
    asked=st.lists(
        st.tuples(plans, st.lists(sieves, max_size=1), st.sampled_from([1, 2, 5, 10, 50])),
        min_size=1,
        max_size=12,
    ),
)
def test_every_plan_is_answered_as_counting_would(history, asked):
    """Matches, order, scores and totals; by kernel where the plan is flat, and by arrays."""
    with TemporaryDirectory() as directory:
        snapshot = committed(Path(directory), history)
        docs = documents(snapshot)
        for plan, filters, k in asked:
            root = plan.root
            for sieve in filters:
                root = Filter(root, sieve)
            expected = ranked(docs, plan, root)
            wanted = [(its / UNIT, number, doc) for its, number, doc in expected[:k]]
            for by_arrays in (False, True):
                execution = Execution(snapshot, plan, filters)
                if by_arrays:
                    execution.flat = None
                assert [tuple(hit) for hit in execution.best(k)] == wanted, f"{plan} {by_arrays}"
                assert execution.total() == len(expected)
            for sort in ("newest", "oldest"):
                dated = [
                    (_key(docs, number, doc, sort), number, doc) for _, number, doc in expected
                ]
                found = execution.by_date(k, sort)
                assert [hit[1:] for hit in found] == [its[1:] for its in sorted(dated)[:k]]


def _key(docs: list[Doc], number: int, at: int, sort: str) -> float:
    doc = next(doc for doc in docs if (doc.segment, doc.doc) == (number, at))
    if doc.article.published is None:
        return float("inf")
    moment = doc.article.published.timestamp()
    return -moment if sort == "newest" else moment


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (Or((Group("a", "text", (("a", 1.0),), 1.0),)), True),
        (Filter(And((Group("a", "text", (("a", 1.0),), 1.0), Not(Every()))), Every()), True),
        (And((Or((Every(),)), Every())), False),
        (Not(Every()), False),
    ],
)
def test_which_trees_are_flat(root, expected):
    """Words that suffice or are required, with filters; nothing nested."""
    assert isinstance(flatten(root), Flat) is expected


@st.composite
def second_stages(draw: st.DrawFn) -> SecondStage:
    its = draw(st.lists(st.lists(terms, min_size=1, max_size=2), min_size=1, max_size=4))
    n = len(its)
    values = st.lists(st.sampled_from([0.0, 0.5, 2.0, 3.25]), min_size=n, max_size=n).map(tuple)
    pair = st.tuples(
        st.integers(0, n - 1), st.integers(0, n - 1), st.integers(1, 3), st.sampled_from([0.5, 2.0])
    )
    pairs = draw(st.lists(pair, max_size=3)) if n > 1 else []
    return SecondStage(tuple(map(tuple, its)), draw(values), draw(values), tuple(pairs))


def stage_sums(stage: SecondStage, ranking: Ranking, doc: Doc) -> float:
    """The second stage's bonus, from its description in ``kernels.proximity``."""
    at = doc.places["text"]
    tokens = sorted(
        {(p, w) for w, forms in enumerate(stage.words) for t in forms for p in at.get(t, ())}
    )
    near = sum(
        weight
        for left, right, gap, weight in stage.pairs
        if any(a == left and b == right and p < q <= p + gap for p, a in tokens for q, b in tokens)
    )
    windows = [
        sum(stage.weights[word] for word in {w for q, w in tokens if p <= q < p + WINDOW})
        for p, _ in tokens
    ]
    lead = sum(stage.leads[word] for word in {w for p, w in tokens if p < LEAD})
    return (
        ranking.pairs * ranking.pair_weight * near
        + ranking.window * ranking.window_weight * max(windows, default=0.0)
        + ranking.lead * ranking.lead_weight * lead
    )


class Interrupted:
    """The lists of a segment; another thread asks the same whenever a term is looked for."""

    def __init__(self, lists, ask):
        self._lists, self._ask, self._asking = lists, ask, False

    def field(self, name):
        return self

    def find(self, term):
        if not self._asking:
            self._asking = True
            self._ask(self)
            self._asking = False
        return self._lists.find(term)

    def standing(self, *wanted):
        return self._lists.standing(*wanted)


def test_threads_share_a_second_stage(tmp_path):
    with Writer(tmp_path, fresh=True) as writer:
        for n in range(3):
            writer.add(Article(id=f"a{n}", body="harga beras naik"))
    lists = Snapshot(tmp_path).segments[0].field("text")
    second = SecondStage((("harga",), ("beras",)), (1.0, 1.0), (1.0, 1.0), ((0, 1, 1, 1.0),))
    stage, docs, answers = Stage(second, Ranking()), array("I", [0, 1, 2]), []
    answers.append(
        stage.bonus(
            Interrupted(lists, lambda it: answers.append(stage.bonus(it, 0, docs))), 0, docs
        )
    )
    assert len(answers) == 3
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] > 0


@settings(quickly, max_examples=15)
@given(
    history=histories,
    asked=st.lists(st.tuples(flats, second_stages(), st.integers(1, 12)), min_size=1, max_size=6),
    depth=st.sampled_from([1, 3, 200]),
    parts=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_second_stage_reorders_the_best(history, asked, depth, parts):
    """The best documents get their bonus, the rest keep their place behind them."""
    ranking = Ranking(pairs=parts[0], window=parts[1], lead=parts[2], second_stage=depth)
    with TemporaryDirectory() as directory:
        snapshot = committed(Path(directory), history)
        docs = documents(snapshot)
        at = {(doc.segment, doc.doc): doc for doc in docs}
        for root, stage, k in asked:
            plan = Plan(root, ranking, second=stage)
            first = [(its / UNIT, *where) for its, *where in ranked(docs, plan, root)]
            again = [
                (its + stage_sums(stage, ranking, at[number, doc]), number, doc)
                for its, number, doc in first[:depth]
            ]
            again.sort(key=lambda hit: (-round(hit[0], 9), hit[1], hit[2]))
            expected = (again + first[depth:])[:k]
            found = Execution(snapshot, plan).best(k)
            assert [hit[1:] for hit in found] == [hit[1:] for hit in expected]
            assert [hit[0] for hit in found] == pytest.approx([hit[0] for hit in expected])


@pytest.fixture(scope="module")
def thousand(tmp_path_factory):
    """1,200 articles in three segments: several blocks each, in order of the alphabet."""
    directory = tmp_path_factory.mktemp("thousand")
    for start in (0, 300, 1_000):
        with Writer(directory) as writer:
            for n in range(start, {0: 300, 300: 1_000, 1_000: 1_200}[start]):
                chosen = [word for i, word in enumerate(WORDS) if n % (i + 1) == 0]
                writer.add(Article(id=str(n), body=" ".join(chosen * (1 + n % 3))))
    with Writer(directory) as writer:
        for n in range(0, 1_200, 7):
            writer.delete(str(n))
    snapshot = Snapshot(directory)
    return snapshot, documents(snapshot)


def word(term: str, weight: float = 1.0) -> Group:
    return Group(term, "text", ((term, 1.0),), weight)


def test_room_is_made_for_what_there_is(thousand):
    """Asking for more than all documents gives all that match, and no memory for more."""
    snapshot, docs = thousand
    plan = Plan(word("lampu"), Ranking())
    everything = Execution(snapshot, plan).best(len(docs))
    tracemalloc.start()
    try:
        assert Execution(snapshot, plan).best(10**8) == everything
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "root",
    [
        word("apel"),
        word("lampu"),
        Or((word("lampu", 9.0), word("apel", 0.1), word("ikan"))),
        And((word("cabe"), word("elang"))),
        And((Or((word("cabe"), word("jarum"))), Not(word("batu")))),
        Group("x", "text", (("batu", 1.0), ("cabe", 0.5), ("gajah", 0.5)), 2.0),
        Or((Phrase("", "text", (("apel",), ("cabe",)), (0, 1), 1, 3.0), word("kapal"))),
        Maybe(word("hutan"), Or((word("apel"), word("kapal")))),
    ],
    ids=str,
)
def test_blocks_and_deleted_documents(thousand, root):
    """Over block edges, with every seventh article deleted, for any number of hits."""
    snapshot, docs = thousand
    plan = Plan(root, PLAIN, extras=(word("domba", 0.3),))
    expected = ranked(docs, plan, root)
    for k in (1, 10, 200, 2_000):
        found = Execution(snapshot, plan).best(k)
        assert [tuple(hit) for hit in found] == [
            (its / UNIT, number, doc) for its, number, doc in expected[:k]
        ]
    assert Execution(snapshot, plan).total() == len(expected)


def test_a_weight_of_zero_still_matches():
    """``beras^0`` finds articles; it just adds next to nothing."""
    assert as_integer(0.0) == 1
    assert as_integer(1.0) == WEIGHT_SCALE
