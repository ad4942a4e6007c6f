"""`searcher eval`, `acronyms` and `explain` as the shell sees them, on a small collection."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from conftest import ARTICLES

from searcher import __main__
from searcher.evaluate import evaluate, read_qrels, read_queries
from searcher.evaluate.systems import Bench, System, fixed_in
from searcher.query.ranking import SETTINGS

QUERIES = {
    "q1": "harga beras",
    "q2": "ekspor kopi",
    "q3": "di mana banjir?",
    "q4": "UMKM",
    "q5": "tidak dinilai",
}
QRELS = {"q1": {"a1": 2, "a9": 1}, "q2": {"a2": 1}, "q3": {"a5": 1}, "q4": {"a4": 1, "a1": 0}}


@pytest.fixture
def files(tmp_path, monkeypatch) -> Path:
    """A folder with the articles as JSONL, queries and judgements; it is where we are."""
    with gzip.open(tmp_path / "corpus.jsonl.gz", "wt", encoding="utf-8") as out:
        for article in ARTICLES:
            row = {"docid": article.id, "title": article.title, "text": article.body}
            out.write(json.dumps(row) + "\n")
    (tmp_path / "q.tsv").write_text("".join(f"{k}\t{v}\n" for k, v in QUERIES.items()))
    (tmp_path / "qrels.txt").write_text(
        "".join(f"{q} 0 {a} {g}\n" for q, its in QRELS.items() for a, g in its.items())
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(files, capsys):
    def run(*args: str) -> tuple[int, str, str]:
        try:
            status = __main__.run(args)
        except SystemExit as stopped:
            status = stopped.code or 0
        out, err = capsys.readouterr()
        return status, out, err

    return run


FILES = ("--queries", "q.tsv", "--qrels", "qrels.txt")
CORPUS = (*FILES, "--corpus", "corpus.jsonl.gz")


def test_a_corpus_is_measured_without_leaving_anything(run, files):
    before = sorted(path.name for path in files.iterdir())
    status, out, err = run("eval", *CORPUS)
    assert status == 0
    assert (
        err
        == "searcher: 12 articles read, 12 added, 0 updated, 0 unchanged, 0 removed, 0 skipped\n"
    )
    lines = out.splitlines()
    assert lines[0] == "4 queries, 1 without a judgement left out"
    assert [line.split()[0] for line in lines[3:8]] == [
        "nDCG@10", "RR@10", "R@10", "R@100", "ms/query",
    ]  # fmt: skip
    assert sorted(path.name for path in files.iterdir()) == before


def test_figures_are_those_of_searching_each_query(run, files):
    told = json.loads(run("eval", *CORPUS, "--json", "--quiet")[1])
    with Bench(files / "corpus.jsonl.gz", None) as bench:
        system = System("default", {})
        index = bench.index(system)
        answers = evaluate(
            system.search(index), read_queries(files / "q.tsv"), read_qrels(files / "qrels.txt")
        )
    for row in told["measures"]:
        assert row["a"] == pytest.approx(answers.mean(row["measure"]), abs=1e-12)
        assert row["b"] is None
    assert told["a"] == "default"


def test_two_rankings_are_compared(run):
    told = json.loads(run("eval", *CORPUS, "--compare", "plain", "--json", "-q")[1])
    assert (told["a"], told["b"]) == ("default", "plain")
    assert [row["measure"] for row in told["measures"]] == ["nDCG@10", "RR@10", "R@10", "R@100"]
    assert all(0 < row["p"] <= 1 for row in told["measures"])
    # Relatives find what the plain profile cannot: "ekspor" is nowhere written so.
    assert [change["query_id"] for change in told["gained"]] == ["q2"] or told["gained"] == []


def test_one_setting_against_another(run):
    """--compare-set alone compares the same profile with one setting changed."""
    out = run("eval", *CORPUS, "--compare-set", "families=false", "-q")[1]
    assert out.splitlines()[2].split() == ["default", "default,families=false", "difference", "p"]


def test_switches_and_settings_are_of_the_first_ranking(run):
    told = json.loads(run("eval", *CORPUS, "--no-pairs", "--compare", "default", "--json", "-q")[1])
    assert (told["a"], told["b"]) == ("default,pairs=false", "default")


def test_k1_and_b_build_an_index_each(run, files):
    """What cannot be changed afterwards is built in; what agrees is shared."""
    with Bench(files / "corpus.jsonl.gz", None) as bench:
        plain = bench.index(System("plain", {"k1": 1.2, "b": 0.75}))
        assert fixed_in(plain) == (1.2, 0.75)
        assert bench.index(System("default", {"k1": 1.2, "b": 0.75})) is plain
        assert bench.index(System("default", {})) is not plain
        directory = plain.directory
        assert directory.exists()
    assert not directory.exists()
    out = run("eval", *CORPUS, "--set", "k1=1.2", "--compare", "plain", "-q")[1]
    assert "default,k1=1.2" in out


def test_an_index_that_is_there_is_used(run):
    run("index", "corpus.jsonl.gz", "-q")
    status, out, err = run("eval", *FILES, "--index", "index_data")
    assert (status, err) == (0, "")
    assert out.startswith("4 queries")
    err = run("eval", *FILES, "--set", "b=0.4")[2]
    assert "the index was built with k1 = 0.9 and b = 0.85, which stay" in err


def test_the_run_is_written(run, files):
    run("eval", *CORPUS, "--run", "answers.run", "-q", "--no-families")
    first = (files / "answers.run").read_text().splitlines()[0].split()
    assert first[0] == "q1"
    assert first[2] == "a1"
    assert first[-1] == "default,families=false"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--queries", "q.tsv"), "eval needs --qrels FILE"),
        (("--qrels", "qrels.txt"), "eval needs --queries FILE"),
        ((*CORPUS, "--index", "index_data"), "give --index or --corpus, not both"),
        ((*FILES, "--corpus", "tidak-ada"), "tidak-ada: no such file or directory"),
        ((*CORPUS, "--profile", "lain"), "no ranking profile 'lain'; there are: default, plain"),
        ((*CORPUS, "--compare-set", "familes=no"), "no ranking setting 'familes'"),
        (("--queries", "no.tsv", *CORPUS[2:]), "no.tsv: cannot be read (No such file"),
    ],
)
def test_mistakes_are_one_line(run, args, message):
    status, out, err = run("eval", "-q", *args)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


# explain, acronyms, analyze on the same collection


@pytest.fixture
def indexed(run):
    run("index", "corpus.jsonl.gz", "-q")
    return run


def test_explain_shows_a_sum(indexed):
    status, out, _ = indexed("explain", "harga", "beras", "kopi", "a1", "--color", "never")
    assert status == 0
    lines = out.splitlines()
    total = float(lines[lines.index("--------") + 1])
    parts = [
        float(line.split()[0])
        for line in lines[: lines.index("--------")]
        if line[:8].strip() and line[:1] == " "
    ]
    assert sum(parts) == pytest.approx(total, abs=5e-4 * len(parts))
    assert f"a1: rank 1, score {total:.4f}" in out
    assert "not in it: kopi" in out
    assert json.loads(indexed("explain", "harga", "a1", "--json")[1])["matches"] is True


def test_explain_says_why_not(indexed):
    status, out, _ = indexed("explain", "kopi", "a1")
    assert status == 1
    assert out.splitlines()[-2:] == ["a1 does not match:", "  it does not have kopi"]
    assert indexed("explain", "kopi")[0] == 2
    assert indexed("explain", "kopi", "zz") == (1, "", "searcher: no article has the id 'zz'\n")


def test_explain_takes_the_options_of_search(indexed):
    options = ("--no-families", "--no-absent-words", "--set", "lead=no", "--json")
    told = json.loads(indexed("explain", "ekspor kopi", "a2", *options)[1])
    assert [place["name"] for place in told["places"]] == ["pairs", "window"]
    assert [line["label"] for line in told["words"] if line["kind"] == "word"] == ["kopi"]


def test_acronyms_are_listed(indexed):
    status, out, _ = indexed("acronyms", "--all")
    assert status == 0
    assert out.splitlines()[0].split() == ["short", "long", "articles", "share"]
    (row,) = json.loads(indexed("acronyms", "usaha mikro", "--all", "--json")[1])
    assert (row["short"], row["long"]) == ("UMKM", "usaha mikro kecil dan menengah")
    assert row["articles"] == 1
    assert indexed("acronyms", "tidak ada")[0] == 1


def test_analyze_tells_what_the_index_knows(indexed):
    words = {
        word["term"]: word
        for word in json.loads(indexed("analyze", "mengekspor Bekasi kopii", "--json")[1])
    }
    assert words["mengekspor"]["root"] == "ekspor"
    assert words["mengekspor"]["family"] == [["diekspor", 1]]
    assert words["bekasi"]["capitals"] == words["bekasi"]["middle"] > 0
    assert words["kopii"]["articles"] == 0
    assert words["kopii"]["nearest"][0][0] == "kopi"
    out = indexed("analyze", "mengekspor")[1]
    assert "root         ekspor" in out
    assert "family       diekspor 1" in out


def test_every_setting_of_the_ranking_is_explained():
    text = (Path(__main__.__file__).parent.parent / "docs" / "relevance.md").read_text("utf-8")
    for name in SETTINGS:
        assert f"`{name}`" in text
