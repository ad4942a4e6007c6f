"""What the shell sees: arguments, streams, exit statuses, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher import __main__, cli
from searcher.article import Article
from searcher.errors import ArticleNotFound, IndexMissing
from searcher.results import Hit, Results, SearchRequest, Snippet

ROOT = Path(cli.__file__).parent.parent
DOCS = ROOT / "docs" / "cli.md"

ARTICLE = Article(id="a1", title="Harga beras naik", body="Harga beras naik.\n\nStok menipis.")


class FakeIndex:
    """Answers every query that does not say *gagal* or *kosong* with one article."""

    asked: dict[str, object]

    def __init__(self, path: object) -> None:
        if not Path(str(path)).exists():
            raise IndexMissing(path)

    def search(self, text, **asked):
        FakeIndex.asked = {"text": text, **asked}
        if text == "gagal":
            raise ZeroDivisionError("division\nby \x1b[31mzero")
        if text == "putus":
            raise KeyboardInterrupt
        hits = (
            () if text == "kosong" else (Hit(1, 1.0, ARTICLE, Snippet("Harga"), Snippet("Beras")),)
        )
        n = len(hits)
        return Results(SearchRequest(text=text), hits, lambda: n, 0.1, receipt=("ignored: di",))

    def get(self, article_id):
        if article_id != "a1":
            raise ArticleNotFound(article_id)
        return ARTICLE

    def stats(self):
        return {"articles": 1}


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a command in an empty directory with an index; (status, stdout, stderr)."""
    fake = types.ModuleType("searcher.backends.embedded")
    fake.open_index = FakeIndex  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "searcher.backends.embedded", fake)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEARCHER_DEBUG", raising=False)
    (tmp_path / "index_data").mkdir()

    def run(*args: str) -> tuple[int, str, str]:
        try:
            status = __main__.run(args)
        except SystemExit as stopped:
            status = stopped.code or 0
        out, err = capsys.readouterr()
        return status, out, err

    return run


# Exit statuses and streams


def test_hits_are_status_0(run):
    status, out, err = run("search", "beras")
    assert (status, err) == (0, "")
    assert out.startswith("ignored: di\n\n1. Beras\n")


def test_no_hits_are_status_1(run):
    status, out, _ = run("search", "kosong")
    assert status == 1
    assert "no article matches" in out


def test_no_index_is_status_2(run):
    assert run("search", "-i", "none", "beras") == (
        2, "", "searcher: no index in none; build one with: searcher index CORPUS\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--since", "31 Februari"), "searcher: --since is '31 Februari', not a date; write"),
        (("--sort", "best"), "searcher: --sort is 'best', not relevance, newest or oldest"),
        (("--color", "red"), "searcher: --color is 'red', not auto, always or never"),
        (("--set", "families"), "searcher: --set is 'families', not NAME=VALUE"),
        (
            ("--set", "famlies=no"),
            "searcher: no ranking setting 'famlies'; did you mean 'families'?",
        ),
        (("--config", "none.yaml"), "searcher: none.yaml: no such settings file"),
    ],
)
def test_what_cannot_be_meant_is_one_line(run, args, message):
    status, out, err = run("search", "beras", *args)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(message)


@pytest.mark.parametrize(
    "args", [("search",), ("search", "x", "--limit", "many"), ("search", "x", "--nope"), ("nope",)]
)
def test_typer_tells_other_mistakes(run, args):
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert "Usage: searcher" in err


def test_our_own_faults_are_one_line_too(run, monkeypatch):
    status, out, err = run("search", "gagal")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "internal error, ZeroDivisionError: division by ␛[31mzero" in err
    monkeypatch.setenv("SEARCHER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.guard(lambda: cli.search(*cli.parse_search(["gagal"])))


def test_an_interrupt_is_130(run):
    assert run("search", "putus") == (130, "", "")


def test_json_is_one_object(run):
    status, out, err = run("search", "--json", "beras", "impor")
    assert (status, err) == (0, "")
    assert json.loads(out)["query"] == "beras impor"


def test_show_prints_the_article_or_status_1(run):
    assert run("show", "a1")[1].startswith("Harga beras naik\n")
    assert json.loads(run("show", "a1", "--json")[1])["id"] == "a1"
    assert run("show", "a2") == (1, "", "searcher: no article has the id 'a2'\n")


def test_stats(run):
    assert run("stats") == (0, "articles  1\n", "")
    assert json.loads(run("stats", "--json")[1]) == {"articles": 1}


# Arguments


def test_a_word_with_a_hyphen_reaches_the_query(run):
    for args in (("beras", "-impor"), ("-impor", "-n", "3", "beras"), ("--", "--json", "-i")):
        run("search", *args)
        words = [a for a in args if a not in ("-n", "3", "--")]
        assert FakeIndex.asked["text"] == " ".join(words)
    run("search", "--limit=4", "beras", "-impor", "--help-me")
    assert run("search", "beras", "-impor", "--sort=newest", "-n7")[0] == 0
    assert FakeIndex.asked["limit"] == 7


def test_everything_asked_arrives(run):
    run(
        "search", "beras", "--limit", "5", "--offset", "10", "--sort", "newest",
        "--since", "Maret 2023", "--until", "Maret 2023", "--profile", "plain",
        "--set", "k1=1.2", "--no-families", "--facet", "source", "--facet", "month",
        "--no-snippets",
    )  # fmt: skip
    assert FakeIndex.asked == {
        "text": "beras",
        "limit": 5,
        "offset": 10,
        "sort": "newest",
        "since": date(2023, 3, 1),
        "until": date(2023, 3, 31),
        "profile": "plain",
        "options": {"k1": 1.2, "families": False},
        "snippets": False,
        "facets": ("source", "month"),
    }


def test_settings_come_from_the_file_and_give_way(run):
    Path("searcher.yaml").write_text(
        "ranking: {profile: plain, k1: 1.5, pairs: false}\nsnippets: {width: 99}\n"
    )
    run("search", "beras", "--set", "pairs=on")
    assert FakeIndex.asked["profile"] == "plain"
    assert FakeIndex.asked["options"] == {"k1": 1.5, "pairs": True}
    assert FakeIndex.asked["snippet_width"] == 99


@pytest.fixture(scope="module")
def typer_search():
    """What Typer makes of the arguments of a search: (words, values), or its status."""
    heard = []
    commands = tuple(
        c._replace(run=lambda words, values: heard.append((words, values)) or 0)
        if c.name == "search"
        else c
        for c in cli.COMMANDS
    )
    before, cli.COMMANDS = cli.COMMANDS, commands
    program = cli.app()
    cli.COMMANDS = before

    def search(args):
        heard.clear()
        with pytest.raises(SystemExit) as stopped:
            program(["search", *args], prog_name="searcher")
        return heard[0] if heard else stopped.value.code

    return search


flags = st.sampled_from([flag for o in (*cli.SEARCH_OPTIONS, *cli.switches()) for flag in o.flags])
anything = st.sampled_from(
    [
        "beras",
        "-impor",
        "5",
        "newest",
        "-",
        "--",
        "k1=2",
        "",
        "-n5",
        "-n",
        "-x",
        "--bad",
        "2023",
        "-5",
    ]
)
arguments = st.lists(
    st.one_of(anything, flags, st.tuples(flags, anything).map("=".join)), max_size=8
)


@given(arguments)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_fast_parser_reads_as_typer_does(capsys, typer_search, args):
    fast = cli.parse_search(args)
    slow = typer_search(args)
    capsys.readouterr()
    if fast is None:
        return
    words, values = fast
    assert not isinstance(slow, int), f"Typer refuses {args}"
    assert words == slow[0]
    # The fast parser knows of the --no-… switches only when one is used.
    assert values == {name: slow[1][name] for name in values}
    assert not any(value for name, value in slow[1].items() if name not in values)


@pytest.mark.parametrize("option", [*cli.SEARCH_OPTIONS, *cli.switches()], ids=lambda o: o.name)
def test_every_option_is_read_by_the_fast_parser(option):
    for flag in option.flags:
        value = [] if option.kind == "switch" else ["7"]
        parsed = cli.parse_search([flag, *value, "beras"])
        assert parsed is not None
        expected = {"switch": True, "number": 7, "text": "7", "list": ["7"]}[option.kind]
        assert parsed[1][option.name] == expected


@pytest.mark.parametrize(
    "args", [[], ["-h"], ["--help", "x"], ["x", "--since"], ["x", "-n", "many"]]
)
def test_the_rest_is_left_to_typer(args):
    assert cli.parse_search(args) is None


# Colour


@pytest.mark.parametrize(
    ("wish", "terminal", "environment", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
    ],
)
def test_when_there_is_colour(monkeypatch, wish, terminal, environment, expected):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert cli.has_color(wish) is expected


# As a process of its own

PREAMBLE = """
import sys, types
from searcher.article import Article
from searcher.results import *
fake = types.ModuleType("searcher.backends.embedded")
class FakeIndex:
    def __init__(self, path): pass
    def search(self, text, **asked):
        article = Article(id="a1", title="Beras")
        hit = Hit(1, 1.0, article, Snippet("Harga beras \u2026"), Snippet("Beras"))
        return Results(SearchRequest(text=text), (hit,) * 3000, lambda: 3000, 0.1)
fake.open_index = FakeIndex
sys.modules["searcher.backends.embedded"] = fake
from searcher.__main__ import main, run
"""


def process(code: str, *args: str, **more) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + code, *args],
        stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, env=environment, **more,
    )  # fmt: skip


def test_a_search_imports_nothing_heavy(tmp_path):
    code = (
        "run(sys.argv[1:])\n"
        "heavy = {'typer', 'click', 'rich', 'yaml', 'numpy', 'whoosh'} & set(sys.modules)\n"
        "print(heavy, file=sys.stderr)\n"
    )
    with process(code, "search", "kata biasa", "--no-families", cwd=tmp_path) as child:
        _, err = child.communicate()
    assert err.decode().strip() == "set()"


def test_a_closed_pipe_is_a_normal_end(tmp_path):
    with process("main()", "search", "beras", cwd=tmp_path) as child:
        child.stdout.read(10)
        child.stdout.close()
        err = child.stderr.read()
    assert (child.returncode, err) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_line(tmp_path):
    with (
        open("/dev/full", "w") as full,
        process("main()", "search", "beras", cwd=tmp_path, stdout=full) as child,
    ):
        err = child.stderr.read().decode()
    assert child.returncode == 2
    assert err == "searcher: No space left on device\n"


def test_an_ascii_terminal_gets_what_it_can_show(tmp_path):
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    with process("main()", "search", "beras", cwd=tmp_path, env=ascii_only) as child:
        out, err = child.communicate()
    assert (child.returncode, err) == (0, b"")
    assert b"Harga beras ?" in out
    with process("main()", "search", "beras", "--json", cwd=tmp_path, env=ascii_only) as child:
        out, err = child.communicate()
    assert json.loads(out)["hits"][0]["snippet"] == "Harga beras …"


def test_completion_offers_options_and_values(tmp_path):
    words = "searcher search beras --sort n"
    environment = {
        "_SEARCHER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "4"
    }  # fmt: skip
    with process("main()", cwd=tmp_path, env=environment) as child:
        out, _ = child.communicate()
    assert out.split() == [b"newest"]


# index, rebuild, check, analyze: with real files


@pytest.fixture
def corpus(run, tmp_path):
    (tmp_path / "index_data").rmdir()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text(
        "Judul: Harga beras naik\nTanggal: 9 Maret 2023\nIsi: Harga beras naik di pasar Medan."
    )
    return tmp_path / "corpus"


def test_index_reads_the_corpus_and_says_so(run, corpus):
    status, out, err = run("index")
    assert (status, err) == (0, "")
    assert out.startswith("1 articles read, 1 added")
    assert "index: index_data, " in out
    assert "1 unchanged" in run("index")[1]
    assert run("check") == (0, "index_data is sound: 1 articles\n", "")
    assert json.loads(run("index", "--json")[1])["unchanged"] == 1
    assert run("index", "--quiet")[:2] == (0, "")
    assert run("rebuild")[0] == 0


def test_one_file_of_the_corpus_keeps_its_id(run, corpus):
    run("index", "corpus")
    for path in ("corpus/a.txt", "corpus", "./corpus/../corpus/a.txt"):
        assert "0 added, 0 updated, 1 unchanged" in run("index", path)[1]


def test_skipped_files_are_status_2(run, corpus):
    (corpus / "b.jsonl").write_text("{broken\n")
    status, out, err = run("index")
    assert status == 2
    assert "searcher: skipped: b.jsonl:1" in err
    assert out.startswith("1 articles read")


def test_a_path_that_is_not_there(run, corpus):
    assert run("index", "berita") == (2, "", "searcher: berita: no such file or directory\n")


def test_analyze_shows_terms_with_and_without_an_index(run, corpus):
    lines = run("analyze", "Harga", "-beras")[1].splitlines()
    assert lines == ["harga  position 0, weight 1", "beras  position 1, weight 1"]
    run("index")
    rows = json.loads(run("analyze", "beras Medan", "--json")[1])
    assert [(row["term"], row["articles"]) for row in rows] == [("beras", 1), ("medan", 1)]


def test_from_files_to_a_marked_answer(corpus):
    """The real program, index and all, as a user runs it."""

    def searcher(*args: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
        done = subprocess.run(
            [sys.executable, "-m", "searcher", *args],
            cwd=corpus.parent, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        return done.stdout

    searcher("index")
    out = searcher("search", "harga", "-jagung", "--since", "2023", "--color", "always")
    assert "Isi" not in out
    assert "\x1b[1;4mHarga\x1b[0m beras naik di pasar Medan." in out
    hit = json.loads(searcher("search", "beras", "--json"))["hits"][0]
    assert hit["published"].startswith("2023-03-09")
    assert searcher("show", hit["id"]).startswith("Harga beras naik\n")
    assert searcher("stats").startswith("articles  ")


# Documentation


@pytest.mark.parametrize("command", cli.COMMANDS, ids=lambda c: c.name)
def test_every_command_and_option_is_documented_and_has_help(command):
    text = DOCS.read_text("utf-8")
    assert f"\n## `searcher {command.name}" in text
    section = text.split(f"\n## `searcher {command.name}")[1].split("\n## ")[0]
    assert command.help
    for option in command.options:
        assert option.help
        for flag in option.flags:
            assert f"`{flag}" in section, f"{flag} of {command.name}"


def test_every_switch_is_documented():
    text = DOCS.read_text("utf-8")
    assert all(f"`{option.flags[0]}`" in text for option in cli.switches())


def test_help_needs_no_index(run):
    for args in (("--help",), *((c.name, "-h") for c in cli.COMMANDS)):
        status, out, err = run(*args)
        assert (status, err) == (0, "")
        assert out.startswith("Usage: searcher")
