"""Measures agree with the field's own tools; files say where they are wrong."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.errors import EvaluationError
from searcher.evaluate import (
    compare,
    evaluate,
    measure,
    read_qrels,
    read_queries,
    read_run,
    run,
    write_run,
)
from searcher.evaluate.compare import paired_randomisation
from searcher.evaluate.trec import decreasing

NAMES = ("nDCG@10", "nDCG@3", "RR@10", "R@10", "R@100", "RR(rel=2)@5", "R(rel=2)@5")
ARTICLES = [f"a{n}" for n in range(25)]

rankings = st.lists(
    st.tuples(st.sampled_from(ARTICLES), st.sampled_from([0.0, 0.5, 1.0, 7.25, 1e-9])),
    max_size=25,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: sorted(pairs, key=lambda pair: -pair[1]))
judgements = st.dictionaries(st.sampled_from(ARTICLES), st.integers(-1, 3), min_size=1, max_size=12)


@settings(deadline=None)  # the first example imports ir_measures
@given(st.dictionaries(st.sampled_from("pqrs"), st.tuples(rankings, judgements), min_size=1))
def test_measures_agree_with_ir_measures(tmp_path_factory, cases):
    """Our figures are the ones trec_eval prints for the run file we write, ties included."""
    import ir_measures

    queries = dict.fromkeys(cases, "beras")
    qrels = {query_id: judged for query_id, (_, judged) in cases.items()}
    answers = iter([ranking for ranking, _ in cases.values()])
    ours = evaluate(lambda text, limit: next(answers), queries, qrels, [*map(measure, NAMES)])

    path = tmp_path_factory.mktemp("run") / "ours.run"
    write_run(path, ours.rankings)
    measures = [ir_measures.parse_measure(name) for name in NAMES]
    theirs = ir_measures.iter_calc(measures, qrels, ir_measures.read_trec_run(str(path)))
    compared = 0
    for value in theirs:
        assert ours.values[str(value.measure)][value.query_id] == pytest.approx(
            value.value, abs=1e-6
        )
        compared += 1
    assert compared == len(NAMES) * len(cases)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40))
def test_run_scores_strictly_decrease_in_single_precision(scores):
    out = decreasing(sorted(scores, reverse=True))
    assert all(later < earlier for earlier, later in pairwise(out) if earlier > -3e38)


def test_run_scores_stay_close_to_the_engines():
    """A hundred equal scores move by less than one part in ten thousand."""
    assert decreasing([12.5] * 100)[-1] == pytest.approx(12.5, rel=1e-4)


def test_run_file_round_trip(tmp_path):
    answers = {"q1": [("a2", 3.0), ("a1", 1.0), ("a3", 1.0)], "q2": [("a9", -2.0)]}
    write_run(tmp_path / "x.run", answers, tag="plain")
    back = read_run(tmp_path / "x.run")
    assert {q: [a for a, _ in r] for q, r in back.items()} == {
        "q1": ["a2", "a1", "a3"],
        "q2": ["a9"],
    }
    assert (tmp_path / "x.run").read_text().splitlines()[0] == "q1 Q0 a2 1 3.0 plain"


def test_run_file_refuses_what_the_format_cannot_hold(tmp_path):
    with pytest.raises(EvaluationError, match="white space"):
        write_run(tmp_path / "x.run", {"q1": [("harga beras.txt", 1.0)]})
    with pytest.raises(EvaluationError, match="nan"):
        write_run(tmp_path / "x.run", {"q1": [("a1", math.nan)]})


def test_queries_keep_their_order_and_text(tmp_path):
    """A byte order mark, Windows line ends and blank lines are no part of a query."""
    path = tmp_path / "q.tsv"
    path.write_bytes("\ufeffq2\tharga beras\r\n\r\nq1\tbanjir\tdi Medan \r\n".encode())
    assert list(read_queries(path).items()) == [("q2", "harga beras"), ("q1", "banjir\tdi Medan")]


def test_qrels_with_spaces_in_ids_use_tabs(tmp_path):
    path = tmp_path / "qrels.txt"
    path.write_text("q1 0 a1 1\nq1\t0\tharga beras.txt\t2\nq1 0 a1 1\n")
    assert read_qrels(path) == {"q1": {"a1": 1, "harga beras.txt": 2}}


@pytest.mark.parametrize(
    ("reader", "text", "message"),
    [
        (read_queries, b"q1\tberas\nq2 banjir\n", "x:2: expected id TAB query, found 'q2 banjir'"),
        (read_queries, b"q1\tberas\nq1\tpadi\n", "x:2: the query id 'q1' was used before"),
        (read_queries, b"q1\tberas\nq2\t\xff\n", "x:2: not UTF-8"),
        (read_queries, b"\n", "x: holds no query"),
        (read_qrels, b"q1 0 a1\n", "x:1: expected query 0 article grade, found 3 columns"),
        (read_qrels, b"q1 0 a1 yes\n", "x:1: the grade 'yes' is not a number"),
        (read_qrels, b"q1 0 a1 1\n\nq1 0 a1 2\n", "x:3: 'a1' was graded 1 for 'q1' before"),
        (read_qrels, b"", "x: holds no judgement"),
        (read_run, b"q1 Q0 a1 1 2.0\n", "x:1: expected query Q0 article rank score tag"),
        (read_run, b"q1 Q0 a1 first 2.0 t\n", "x:1: rank 'first' and score '2.0' should be"),
    ],
)
def test_a_bad_line_is_named(tmp_path, monkeypatch, reader, text, message):
    monkeypatch.chdir(tmp_path)
    Path("x").write_bytes(text)
    with pytest.raises(EvaluationError) as error:
        reader(Path("x"))
    assert str(error.value).startswith(message)


def test_a_missing_or_damaged_file_is_one_line(tmp_path):
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_queries(tmp_path / "none.tsv")
    (tmp_path / "q.tsv.gz").write_bytes(b"no gzip")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_queries(tmp_path / "q.tsv.gz")


def test_unjudged_queries_are_left_out_and_counted():
    a = evaluate(lambda text, limit: [("a1", 1.0)], {"q1": "x", "q2": "y"}, {"q1": {"a1": 1}})
    assert a.mean("nDCG@10") == 1.0
    assert a.unjudged == ("q2",)


def test_queries_and_judgements_must_belong_together():
    with pytest.raises(EvaluationError, match="no query has a judgement"):
        evaluate(lambda text, limit: [], {"q1": "x"}, {"other": {"a1": 1}})


def test_an_answer_with_an_article_twice_is_refused():
    """It would count a relevant article twice."""
    with pytest.raises(EvaluationError, match="twice"):
        evaluate(lambda text, limit: [("a1", 2.0), ("a1", 1.0)], {"q": "x"}, {"q": {"a1": 1}})


def test_the_engine_is_asked_as_deep_as_the_deepest_measure():
    limits = []

    def search(text, limit):
        limits.append(limit)
        return []

    evaluate(search, {"q": "x"}, {"q": {"a1": 1}}, [measure("R@37"), measure("RR@5")])
    assert limits == [37]


def test_randomisation_is_exact_on_a_small_case():
    """Six wins of six: p is 2/64, give or take the sampling error."""
    assert paired_randomisation([1.0] * 6, [0.5] * 6) == pytest.approx(2 / 64, abs=0.005)


def test_randomisation_is_symmetric_and_repeatable():
    a, b = [0.1, 0.9, 0.4, 0.8, 0.2], [0.2, 0.5, 0.4, 0.3, 0.1]
    assert paired_randomisation(a, b) == paired_randomisation(b, a) == paired_randomisation(a, b)


@pytest.fixture
def judged(tmp_path):
    (tmp_path / "q.tsv").write_text("q1\tharga beras\nq2\tbanjir Medan\nq3\tgempa\n")
    (tmp_path / "qrels.txt").write_text("q1 0 a1 1\nq2 0 a2 1\n")
    return tmp_path


def good(text, limit):
    return [("a1" if "beras" in text else "a2", 1.0)]


def bad(text, limit):
    return [("a2", 2.0), ("a1", 1.0)]


def test_report_against_another_profile(judged):
    text = run(judged / "q.tsv", judged / "qrels.txt", good, bad, name_a="new", name_b="old")
    assert "2 queries, 1 without a judgement left out" in text
    assert any(
        line.split()[:4] == ["nDCG@10", "1.0000", "0.8155", "+0.1845"] for line in text.splitlines()
    )
    assert "gained most in nDCG@10, old to new" in text
    assert "  +0.3691  0.6309 to 1.0000  q1  harga beras" in text
    assert "lost most" not in text


def test_report_as_json(judged):
    out = judged / "a.run"
    found = json.loads(
        run(judged / "q.tsv", judged / "qrels.txt", bad, good, run_path=out, as_json=True)
    )
    assert [row["measure"] for row in found["measures"]] == ["nDCG@10", "RR@10", "R@10", "R@100"]
    assert found["measures"][1]["a"] == 0.75
    assert [change["query_id"] for change in found["lost"]] == ["q1"]
    assert found["gained"] == []
    assert list(read_run(out)) == ["q1", "q2"]


def test_report_of_one_engine_has_no_comparison():
    a = evaluate(good, {"q1": "beras"}, {"q1": {"a1": 1}})
    assert compare(a).as_dict()["measures"][0]["p"] is None
    assert "difference" not in compare(a).as_text()
