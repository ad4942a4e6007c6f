"""Nothing that anybody may write, ask or call a file gets further than a text can."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searcher
from searcher import Article, Index, cli, create_index, open_index, render
from searcher.errors import ArticleNotFound, ArticleRejected, ConfigError
from searcher.index import batch
from searcher.index import writer as writing
from searcher.query.ranking import ranking

from . import coverage_fuzzing

PACKAGE = Path(searcher.__file__).parent

# Queries ------------------------------------------------------------------------------------

#: What queries are made of, so that random ones reach further than the lexer.
_PIECES = st.sampled_from(
    [
        *"()[]{}*?~^:\\+-/|&!=<>#@.,;'\"\n\t\x00\ud800“”＊",
        *("AND", "OR", "NOT", "DAN", "ATAU", "BUKAN", "TO", "title:", "judul:", "place:"),
        *("published:", "published:2023", "[2023", "~1", "~1000000", "^1e400", "beras", "har*"),
        *("p?sar", "beras~2", "harga", "anak-anak", "Covid-19", "(((( ))))", ".*", "(a+)+$"),
        *("%s", "{}", "\x1b[31m", "𝔟eras"),
    ]
)
_QUERIES = st.one_of(
    st.text(max_size=200),
    st.lists(_PIECES, max_size=40).map(" ".join),
    st.lists(_PIECES, max_size=40).map("".join),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_QUERIES, sort=st.sampled_from(["relevance", "newest"]))
def test_any_text_is_a_query(news, text, sort):
    """It is answered, in every output, and never with an exception."""
    results = news.search(text, sort=sort, facets=("source",))
    assert 0 <= len(results) <= results.total <= len(news)
    render.as_json(results)
    _is_harmless(render.as_text(results, color=False, width=80))
    render.as_html(results)


@pytest.mark.parametrize(
    "text",
    [
        "*" * 4,
        "?" * 1000,
        "* " * 1000,
        "a* OR b* OR c* OR " * 300,
        "kata " * 10_000,
        " OR ".join(f"kata{n}" for n in range(10_000)),
        " AND ".join(["beras"] * 10_000),
        '"a b"~1000000',
        '"beras harga medan naik"~999999999999999999999',
        '"' + "beras " * 5_000 + '"',
        "(" * 10_000 + "beras" + ")" * 10_000,
        "NOT " * 10_000 + "beras",
        "-" * 100_000,
        "b" * 1_000_000,
        "b" * 1_000_000 + "*",
        "b" * 100_000 + "~2",
        "(a+)+$ (.*)*x [a-z]+[a-z]+[a-z]+ " * 100,
        "published:[" * 2_000,
        "title:" * 10_000 + "beras",
        "beras^" + "9" * 10_000,
        "published:" + "9" * 10_000,
        "\\" * 50_000,
        "a-" * 50_000,
        "aa'" * 50_000,
        "1." * 50_000,
        "rp" * 5 + "1,5 " * 20_000,
        " ".join(f"*{a}{b}*" for a in "abcdegikmnprst" for b in "aiueohr"),
        " ".join(f"kata{n}x~2" for n in range(1_000)),
        "beras^1000 " * 900,
    ],
    ids=lambda text: f"{text[:20]!r}×{len(text)}",
)
def test_no_query_takes_long(news, text):
    """A second is generous: the slowest takes a tenth of it on a laptop."""
    started = monotonic()
    results = news.search(text)
    assert results.total <= len(news)
    assert monotonic() - started < 5.0  # a hang, not a measurement


def test_a_query_looks_so_many_patterns_up_and_says_so(news):
    """Each of them is a walk through the dictionary, of a tenth of a second in a large one."""
    for piece in ("*{}a*", "{}a*", "?{}a", "{}abahan~"):
        words = [piece.format(chr(ord("a") + n % 26) + chr(ord("a") + n // 26)) for n in range(60)]
        for text in (" ".join(words), "beras NOT (" + " ".join(words) + ")"):
            (told,) = [line for line in news.search(text).receipt if "the first 50 words" in line]
            assert "*, ? or ~" in told


def test_a_page_of_text_has_no_second_stage(news):
    """It compares all pairs of words: with a thousand of them, for many seconds."""
    for words, has in ((100, True), (101, False)):
        plan, _ = news.view.plan(" AND ".join(["beras"] * words), ranking("default"), None)
        assert (plan.second is not None) is has


def test_patterns_together_stand_for_so_many_words(news, monkeypatch):
    from searcher.query import compile as compiling

    monkeypatch.setattr(compiling, "MAX_EXPANSIONS", 3)
    index = open_index(news.directory)  # plans of the shared one may be remembered
    results = index.search("ber* har* *an")
    assert any("ignored *an: those before it match 3 words" in line for line in results.receipt)
    assert len(results) > 0


def test_near_words_are_sought_for_so_many_absent_ones(news, monkeypatch):
    from searcher.query import planner

    monkeypatch.setattr(planner, "MAX_ABSENT", 2)
    text = "berasx hargax gempax pabrikx"
    told = " ".join(open_index(news.directory).search(text).receipt)
    assert told.count("read as") == 2
    assert told.count("is in no article") == 4


def test_what_was_cut_from_a_query_is_said(news):
    assert any("too long" in line for line in news.search("kata " * 10_000 + "AND x").receipt)


# What articles say --------------------------------------------------------------------------

_ATTACK = '\x1b]0;judul\x07\x1b[2J\x9b31m<script>alert("1")</script>&\u202e\u2066 beras'


def _is_harmless(text: str) -> None:
    """No control character but line ends, and nothing that turns a terminal's text around."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), text


@pytest.fixture(scope="module")
def attacked(tmp_path_factory) -> Index:
    """One article that attacks with everything it has."""
    index = create_index(tmp_path_factory.mktemp("attacked"))
    with index.writer() as writer:
        writer.add(
            Article(
                id=f"../../{_ATTACK}",
                title=_ATTACK,
                body=f"{_ATTACK} {_ATTACK}.",
                source=_ATTACK,
                place=_ATTACK,
                author=_ATTACK,
                category=_ATTACK,
                url=f"javascript:alert(1)//{_ATTACK}",
                caption=_ATTACK,
                path=f"../../{_ATTACK}",
                meta={_ATTACK: _ATTACK},
            )
        )
    return index


def test_a_terminal_obeys_no_article(attacked):
    results = attacked.search("beras", facets=("source", "place"))
    assert results.total == 1
    _is_harmless(render.as_text(results, color=False, width=80))
    (hit,) = results
    _is_harmless(render.article_text(attacked.get(hit.id), color=False, width=80))
    for text in (render.as_json(results), render.to_json(attacked.get(hit.id).as_dict())):
        _is_harmless(text)
        json.loads(text)


def test_a_browser_obeys_no_article(attacked):
    results = attacked.search("beras", facets=("source",))
    (hit,) = results
    for html in (render.as_html(results), hit.snippet.html(), hit.title.html()):
        assert "<script" not in html.lower()
    html = render.as_html(results)
    assert 'href="javascript:' not in html.lower()
    assert not re.search(r'="[^"]*<', html)


def test_errors_and_receipts_are_harmless_too(attacked, capsys):
    where = str(attacked.directory)
    for command in (
        lambda: cli.show(_ATTACK, {"index": where, "color": "auto", "json": False}),
        lambda: cli.search([_ATTACK], {**_search_options(), "index": where}),
        lambda: cli.search(["x"], {**_search_options(), "index": f"tidak ada {_ATTACK}"}),
    ):  # fmt: skip
        cli.guard(command)
        told = capsys.readouterr()
        _is_harmless(told.err)
        _is_harmless(told.out)


def _search_options() -> dict[str, object]:
    parsed = cli.parse_search(["x"])
    assert parsed is not None
    return parsed[1]


def test_an_id_is_a_name_and_no_path(attacked, tmp_path):
    """``../`` in an id reads nothing and writes nothing outside the index."""
    secret = tmp_path / "secret"
    secret.write_text("rahasia")
    index = create_index(tmp_path / "index")
    ids = ["../secret", str(secret), "..", "/", "a\0b", "con", "segment-00000001.seg"]
    with index.writer() as writer:
        for article_id in ids:
            writer.add(Article(id=article_id, body="beras"))
    assert secret.read_text() == "rahasia"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index", "secret"]
    for article_id in ids:
        assert index.get(article_id).body == "beras"
    with pytest.raises(ArticleNotFound):
        index.get("../../secret")


# Nothing is evaluated -------------------------------------------------------------------------

_FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "joblib", "ctypes"}


def _modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_unpickled_or_evaluated(path):
    """``exec`` is used once, on code made of a class' own field names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = {module or ""} | {alias.name for alias in node.names}
            assert not {name.split(".")[0] for name in names} & _FORBIDDEN, ast.unparse(node)
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in ("eval", "__import__", "os.system", "os.popen", "input"):
            raise AssertionError(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
        if called == "exec":
            assert path.name == "values.py"
        if called in ("np.load", "numpy.load"):
            assert "allow_pickle" not in ast.unparse(node)
        if called.startswith("subprocess."):
            assert "shell=True" not in ast.unparse(node)


def test_yaml_is_only_ever_loaded_safely():
    unsafe = (
        r"yaml\.(C?Loader|UnsafeLoader|FullLoader|CFullLoader|CUnsafeLoader|(unsafe|full)_load)"
    )
    for path in _modules():
        assert not re.search(unsafe, path.read_text(encoding="utf-8")), path
        for call in re.findall(r"yaml\.load\(.*", path.read_text(encoding="utf-8")):
            assert "oader" in call, f"{path.name}: {call}"


def test_yaml_makes_no_objects(tmp_path, monkeypatch):
    """A configuration is data; a tag that asks for more is a mistake in the file."""
    from searcher.config import load

    config = tmp_path / "searcher.yaml"
    config.write_text("index: !!python/object/apply:os.system ['touch hacked']\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"searcher\.yaml"):
        load(str(config), None)
    assert not (tmp_path / "hacked").exists()


def test_a_yaml_of_a_billion_laughs_ends(tmp_path):
    """Aliases inside aliases stand for a billion words and take no memory for it."""
    lines = ["a: &a0 [ha, ha]"]
    lines += [f"b{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(9)]
    config = tmp_path / "searcher.yaml"
    config.write_text("\n".join(lines) + "\n")
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from searcher.config import load\nfrom searcher.errors import ConfigError\n"
        "try: load(sys.argv[1], None)\nexcept ConfigError as error: print(str(error)[:200])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(config)],
        capture_output=True,
        text=True,
        timeout=20,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": "", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert run.returncode == 0, run.stderr[-500:]
    assert "searcher.yaml" in run.stdout


# Limits of an article ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("article", "reason"),
    [
        (Article(id="", body="x"), "needs an id"),
        (Article(id="x" * 1001, body="x"), "may take 1000 bytes"),
        (Article(id="x", body="kata " * 500_001), "500001 words; an article may have 500000"),
        (Article(id="x", title="kata " * 300_000, body="kata " * 300_000), "600000 words"),
        (Article(id="x", author="kata " * 500_001), "500001 words"),
        (Article(id="x", body="x" * (64 << 20)), "an article may have 67108864"),
        (Article(id="x", published=__import__("datetime").datetime(1, 1, 1)), "no calendar"),
    ],
    ids=["no id", "long id", "many words", "title and body", "author", "one word", "year 1"],
)
def test_what_is_beyond_a_limit_is_rejected_and_the_rest_stays(tmp_path, article, reason):
    with writing.Writer(tmp_path, fresh=True) as writer:
        writer.add(Article(id="before", body="umum"))
        with pytest.raises(ArticleRejected, match=reason):
            writer.add(article)
        writer.add(Article(id="after", body="umum"))
    index = open_index(tmp_path)
    assert [hit.id for hit in index.search("umum")] == ["before", "after"]
    assert len(index) == 2


def test_a_replacement_that_is_rejected_leaves_the_old_article(tmp_path):
    with writing.Writer(tmp_path, fresh=True) as writer:
        writer.add(Article(id="a", body="lama"))
    with writing.Writer(tmp_path) as writer, pytest.raises(ArticleRejected):
        writer.add(Article(id="a", body="kata " * 500_001))
    assert open_index(tmp_path).get("a").body == "lama"


def test_a_rejected_article_is_counted_and_the_build_goes_on(tmp_path):
    from searcher.ingest import update

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    rows = [
        {"id": "a", "title": "Satu", "body": "umum"},
        {"id": "b", "title": "Dua", "body": "kata " * 500_001},
        {"id": "c", "title": "Tiga", "body": "umum"},
    ]
    (corpus / "berita.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    index = create_index(tmp_path / "index")
    report = update(index, [corpus])
    assert (report.added, report.skipped_count, report.ok) == (2, 1, False)
    assert "500002 words" in str(report.skipped[0])
    assert "berita.jsonl" in str(report.skipped[0])


def test_a_word_of_a_megabyte_is_found_by_itself(tmp_path):
    """A term keeps 64 characters of a word that is no word; the article keeps it all."""
    word = "ab" * 500_000
    with writing.Writer(tmp_path, fresh=True) as writer:
        writer.add(Article(id="a", body=f"umum {word} beras"))
    index = open_index(tmp_path)
    assert index.get("a").body == f"umum {word} beras"
    assert [hit.id for hit in index.search("beras")] == ["a"]
    assert max(map(len, index.view.snapshot.terms("text"))) <= 64


def test_segments_are_not_merged_beyond_their_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MERGE_AT", 2)
    monkeypatch.setattr(writing, "MAX_DOCUMENTS", 5)
    for n in range(12):
        with writing.Writer(tmp_path) as writer:
            writer.add(Article(id=f"a{n}", body="umum"))
    index = open_index(tmp_path)
    assert len(index) == index.search("umum").total == 12
    assert max(segment.n_docs for segment in index.view.snapshot.segments) <= 5
    assert len(index.view.snapshot.segments) <= 6


def test_the_documented_limits_are_those_of_the_code():
    from searcher.analysis.tokenizer import TERM_LENGTH
    from searcher.formats import Bounds
    from searcher.index.segment import MAX_ARTICLE_BYTES
    from searcher.query import compile as compiling
    from searcher.query import lexer, parser, planner

    text = (PACKAGE.parent / "docs" / "limits.md").read_text(encoding="utf-8")
    mib = 1 << 20
    for number in (
        batch.MAX_POSITIONS // 4, MAX_ARTICLE_BYTES, batch.MAX_ID_BYTES, TERM_LENGTH,
        compiling.MAX_PATTERNS, planner.MAX_ABSENT, planner.STAGE_WORDS,
        writing.MAX_DOCUMENTS, lexer.MAX_CHARACTERS, lexer.MAX_WORDS, lexer.MAX_WORD_LENGTH,
        lexer.MAX_NESTING, lexer.MAX_NOTICES, compiling.MAX_EXPANSION,
        compiling.MAX_EXPANSIONS, parser.MAX_EDITS,
        parser.MAX_SLOP, int(lexer.MAX_BOOST), Bounds().collection // (1024 * mib),
        Bounds().whole // mib, Bounds().line // mib,
    ):  # fmt: skip
        assert re.search(rf"(?<!\d ){number:,}\b(?! \d)".replace(",", " "), text), number


# What coverage finds -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed: [fuzz]")
@pytest.mark.parametrize("target", coverage_fuzzing.TARGETS)
def test_inputs_that_reach_new_code_meet_our_own_errors_alone(tmp_path, target):
    """A quarter of a minute each; SEARCHER_LONG=1: ten minutes."""
    seconds = 600 if os.environ.get("SEARCHER_LONG") else 15
    options = [f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=20", "-max_len=400"]
    command = [sys.executable, "-m", "tests.durability.coverage_fuzzing", target, str(tmp_path)]
    run = subprocess.run(
        [*command, *options, f"-artifact_prefix={tmp_path}/"],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""},
    )
    assert run.returncode == 0, run.stderr[-3000:]
