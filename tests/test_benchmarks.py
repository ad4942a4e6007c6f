"""The benchmark's own parts: fixed queries, grown corpora, honest ratios."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from benchmarks import measure, process, queries, scale, summary
from benchmarks.__main__ import main
from benchmarks.articles import Row, read_jsonl, read_rows, write_rows
from benchmarks.measure import Figure
from benchmarks.peers import PEERS
from benchmarks.queries import CLASSES, Query


@pytest.fixture(scope="module")
def invented():
    return scale.invented(300)


def test_the_plain_file_keeps_articles_and_flattens_line_breaks(tmp_path):
    source = tmp_path / "a.jsonl"
    source.write_text(
        '{"id": "a 1", "title": null, "body": "Satu.\\n\\nDua\\tbaris.", "date": "2023-03-09T21"}\n'
        '{"docid": "a2", "title": "Judul", "text": "Isi", "date": null}\n'
        '{"id": 0, "body": "Nol", "date": 20230309}\n'
    )
    rows = list(read_jsonl(source))
    assert rows == [
        Row("a_1", 20230309, "", "Satu. Dua baris."),
        Row("a2", 0, "Judul", "Isi"),
        Row("0", 20230309, "", "Nol"),
    ]
    assert write_rows(tmp_path / "a.tsv", rows) == 3
    assert list(read_rows(tmp_path / "a.tsv")) == rows


def test_a_corpus_is_there_whole_or_not_at_all(tmp_path):
    """A file that a killed run left behind would be taken for a corpus."""

    def broken():
        yield Row("a1", 0, "Judul", "Isi")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rows(tmp_path / "a.tsv", broken())
    assert not (tmp_path / "a.tsv").exists()


def test_a_smaller_corpus_is_the_beginning_of_a_larger(invented):
    large = list(scale.scaled(invented, 700))
    assert len(large) == 700
    assert large[:300] == invented
    assert list(scale.scaled(invented, 500)) == large[:500]
    assert len({row.id for row in large}) == 700


def test_recombined_articles_are_as_long_as_real_ones_and_bring_new_words(invented):
    made = list(islice(scale.recombined(invented), 600))
    length = sum(len(row.body) for row in invented) / len(invented)
    assert sum(len(row.body) for row in made) / len(made) == pytest.approx(length, rel=0.15)
    words = {word for row in invented for word in re.findall(r"\w+", row.body.lower())}
    grown = words | {word for row in made for word in re.findall(r"\w+", row.body.lower())}
    assert len(grown) > 1.2 * len(words)


def test_every_class_has_its_queries_and_they_stay_the_same(invented):
    drawn = queries.draw(invented, 20)
    assert list(drawn) == list(CLASSES)
    assert all(len(each) == 20 for each in drawn.values())
    assert queries.draw(invented, 20) == drawn
    assert all(query == Query.of(query.line()) for each in drawn.values() for query in each)


def test_drawn_queries_find_what_they_were_drawn_from(invented):
    drawn = queries.draw(invented, 20)
    bodies = [f" {' '.join(re.findall('[a-z]+', row.body.lower()))} " for row in invented]
    for query in drawn["phrase"]:
        assert any(f" {' '.join(query.phrase)} " in body for body in bodies)
    for query in drawn["and"]:
        assert any(all(f" {word} " in body for word in query.words) for body in bodies)
    for query in drawn["date_or"]:
        assert any(query.since <= row.date <= query.until for row in invented)


def test_the_full_recipe_is_asked_what_the_others_are_asked_plainly(invented):
    drawn = queries.draw(invented, 5)
    for name in ("or", "or_snip"):
        full = drawn[f"{name}_default"]
        assert [query.plain() for query in full] == drawn[name]
        assert all(query.plain() == query for query in drawn[name])


def test_figures_of_a_build_are_kept_beside_the_index(tmp_path, monkeypatch, invented):
    write_rows(tmp_path / "a.tsv", invented)
    first, second = measure.Plan(), measure.Plan()
    assert measure.build(first, 300, "fts5", tmp_path / "a.tsv", tmp_path / "fts5")
    monkeypatch.setattr(process, "run", lambda *_, **__: pytest.fail("built again"))
    assert measure.build(second, 300, "fts5", tmp_path / "a.tsv", tmp_path / "fts5")
    assert second.figures == first.figures
    assert {"build_cpu_s", "index_bytes"} <= {figure.measure for figure in first.figures}


def test_a_twin_links_what_is_never_written_again(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "SMALL", 3)
    index, twin = tmp_path / "index", tmp_path / "twin"
    index.mkdir()
    (index / "meta").write_text("abc")
    (index / "segment").write_text("abcd")
    measure._twin(index, twin, in_place=False)
    assert (twin / "segment").samefile(index / "segment")
    assert not (twin / "meta").samefile(index / "meta")
    measure._twin(index, twin, in_place=True)
    assert not (twin / "segment").samefile(index / "segment")


def _figures(**times):
    return [
        Figure(300, peer, "hot", "or", number, value)
        for peer, values in times.items()
        for number, value in enumerate(values)
    ]


def test_ratios_are_of_the_queries_both_answered():
    """A peer that ran out of time after two queries is compared on those two."""
    times = summary._Times(_figures(searcher=[1, 1, 9], tantivy=[2, 2, 2], fts5=[1, 4]), 300, "hot")
    assert times.ratio("or", "searcher", "tantivy") == pytest.approx(11 / 6)
    assert times.ratio("or", "searcher", "fts5") == pytest.approx(2 / 5)
    assert times.best("or", ["searcher", "tantivy", "fts5"]) == "tantivy"


def test_figures_survive_the_file(tmp_path):
    figures = [*_figures(searcher=[0.25, 1.5]), Figure(300, "fts5", "build_cpu_s", "", -1, 2.0)]
    summary.write_csv(tmp_path / "raw.csv", figures)
    assert summary.read_csv(tmp_path / "raw.csv") == figures


def test_the_summary_names_the_best_peer_and_the_ratio(tmp_path):
    figures = _figures(searcher=[1.0, 1.0], tantivy=[2.0, 2.0], fts5=[4.0, 4.0])
    summary.write_summary(tmp_path / "summary.md", figures, ["a machine"])
    text = (tmp_path / "summary.md").read_text()
    assert "| or | tantivy | **0.50** | **0.50** |" in text
    assert "| or | tantivy | – / – / 0.50 | – / 0.50 |" in text


def test_the_summary_says_how_cost_grows(tmp_path):
    """Ten times the articles: the subject takes ten times as long, the peer as long as before."""
    small = _figures(searcher=[1.0], tantivy=[2.0])
    large = [figure._replace(size=3000) for figure in _figures(searcher=[10.0], tantivy=[2.0])]
    summary.write_summary(tmp_path / "summary.md", [*small, *large], ["a machine"])
    text = (tmp_path / "summary.md").read_text()
    assert "| or | tantivy | – / – / 0.50 | – / – / 5.00 | – / 5.00 | 1.00 / 0.00 |" in text


def test_unknown_peers_and_classes_are_named(capsys):
    with pytest.raises(SystemExit):
        main(["--smoke", "--peers", "tantivy,solr"])
    assert "unknown: solr; there are searcher, tantivy" in capsys.readouterr().err


@pytest.mark.slow
def test_a_small_run_of_every_engine_that_is_here(tmp_path):
    """No thresholds: this keeps the benchmark alive, it does not judge."""
    main(["--smoke", "--out", str(tmp_path)])
    figures = summary.read_csv(tmp_path / "raw.csv")
    ran = {each.peer for each in figures if each.measure == "hot"}
    assert ran
    assert ran <= set(PEERS)
    assert (tmp_path / "summary.md").read_text().startswith("# Benchmark run")
