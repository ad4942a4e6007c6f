"""What searcher.yaml may say, and what it is told when it says something else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from searcher import config
from searcher.config import Config
from searcher.errors import ConfigError
from searcher.query.ranking import SETTINGS

DOCS = Path(__file__).parent.parent / "docs" / "configuration.md"


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes) -> Config:
        file = tmp_path / "searcher.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return config.read(str(file))

    return write


def refused(written, text) -> str:
    with pytest.raises(ConfigError) as info:
        written(text)
    return str(info.value).partition("searcher.yaml:")[2]


def test_no_file_is_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert config.load() == Config()


def test_no_file_needs_no_yaml(tmp_path):
    code = "import sys; from searcher import config; config.load(); sys.exit('yaml' in sys.modules)"
    here = {**os.environ, "PYTHONPATH": str(Path(config.__file__).parent.parent)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=here, check=True)


@pytest.mark.parametrize("text", ["", "# nothing\n", "ranking:\n", "ranking: {}\n"])
def test_an_empty_file_is_the_defaults(written, text, tmp_path):
    assert written(text) == Config(
        file=str(tmp_path / "searcher.yaml"),
        index=tmp_path / "index_data",
        corpus=(tmp_path / "corpus",),
    )


def test_paths_are_relative_to_the_file(written, tmp_path):
    found = written("index: idx\ncorpus: [a, /b]\n")
    assert found.index == tmp_path / "idx"
    assert found.corpus == (tmp_path / "a", Path("/b"))


def test_every_section_arrives(written):
    found = written(
        "formats: {columns: {title: kepala, body: [naskah, isi2]}, noise: ['^Iklan$']}\n"
        "analysis:\n"
        "  stopwords: {add: {konon: 0.3}, remove: [para]}\n"
        "  roots: {memberdayakan: daya}\n"
        "  protect: [bekasi]\n"
        "  variants: [[jokowi, joko widodo]]\n"
        "ranking: {profile: plain, k1: 1.2, families: false}\n"
        "snippets: {width: 300, passages: 1}\n"
        "limits: {memory: 1024}\n"
    )
    assert found.formats == {
        "columns": {"title": ["kepala"], "body": ["naskah", "isi2"]},
        "noise": ["^Iklan$"],
    }
    assert found.analysis == {
        "stopwords": {"add": {"konon": 0.3}, "remove": ["para"]},
        "roots": {"memberdayakan": "daya"},
        "protect": ["bekasi"],
        "variants": [["jokowi", "joko widodo"]],
    }
    assert (found.profile, found.ranking) == ("plain", {"k1": 1.2, "families": False})
    assert (found.snippet_width, found.snippet_passages) == (300, 1)
    assert found.limits == {"memory": 1024}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("indeks: x\n", "1: unknown key 'indeks'; did you mean 'index'?"),
        ("\n\nranking:\n  familes: no\n",
         "4: unknown key 'familes' in 'ranking'; did you mean 'families'?"),
        ("k1: 1.2\n", "1: unknown key 'k1'; did you mean 'ranking.k1'?"),
        ("index: a\nindex: b\n", "2: 'index' is set twice"),
        ("ranking: 3\n", "1: 'ranking' is a mapping of names to values"),
        ("- a\n", "1: settings are a mapping of names to values"),
        ("snippets:\n  width: wide\n",
         "2: 'snippets.width' is 'wide', not a whole number from 20 to 5000"),
        ("ranking: {families: 3}\n", "1: 'ranking.families' is 3, not true or false"),
        ("ranking: {b: -1}\n", "1: 'ranking.b' is -1, not a number, zero or more"),
        ("ranking: {profile: best}\n", "1: 'ranking.profile' is 'best', not default or plain"),
        ("analysis: {protect: [no]}\n",
         "1: 'analysis.protect' is [False], not a list of words (put"),
        ("formats: {noise: ['(']}\n",
         "1: 'formats.noise' is ['('], not a list of regular expressions"),
        ("formats: {noise: [{where: line}]}\n",
         "1: 'formats.noise' is [{'where': 'line'}], not a list of regular expressions, or"),
        ("analysis: {variants: [[a]]}\n",
         "1: 'analysis.variants' is [['a']], not a list of groups, each a list of two or more"),
        ("formats: {columns: {judul: x}}\n",
         "1: 'formats.columns' is {'judul': 'x'}, not a mapping of id,"),
        ("a: [1\n", "2: not YAML: "),
        ("a: \x00\n", "1: not YAML: "),
        ("index: !!python/object/apply:os.system [ls]\n",
         "1: 'index' cannot be read; plain values only"),
        ("a: b\n---\nc: d\n", "2: not YAML: "),
        (b"index: \xff\xfe\n", "1: not YAML: "),
        ("[" * 1500, "1: not YAML: "),
        ("limits: {memory: 1}\n", "1: 'limits.memory' is 1, not a whole number from 16 to"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(written, text, message):
    assert refused(written, text).startswith(message)


def test_aliases_cannot_grow(written):
    lines = ["analysis:", "  protect: &a0 [x]"]
    lines += [f"  k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    assert "unknown key 'k1' in 'analysis'" in refused(written, "\n".join(lines))
    nested = "analysis: {protect: [&a [x], &b [*a, *a], [*b, *b]]}"
    assert "not a list of words" in refused(written, nested)


def test_the_file_beside_the_index_is_used_before_the_one_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("there").mkdir()
    Path("there/searcher.yaml").write_text("snippets: {width: 100}\n")
    assert config.load(index="there/idx").snippet_width == 100
    assert config.load(index="there/idx").index == Path("there/idx")
    Path("searcher.yaml").write_text("snippets: {width: 50}\n")
    assert config.load().snippet_width == 50
    assert config.load(index="elsewhere").snippet_width == 50
    assert config.load("there/searcher.yaml").index == Path("there/index_data")


def test_a_given_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: no such settings file"):
        config.load(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("families", "off", False),
        ("near-spelling", "ya", True),
        ("k1", "1.5", 1.5),
        ("b", "0", 0.0),
    ],
)
def test_a_setting_given_as_text(name, value, expected):
    assert config.setting(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("famlies", "no", "no ranking setting 'famlies'; did you mean 'families'?"),
        ("families", "3", "families is '3', not true or false"),
        ("k1", "much", "k1 is 'much', not a number, zero or more"),
        ("k1", "nan", "k1 is 'nan', not a number, zero or more"),
    ],
)
def test_a_bad_setting_is_named(name, value, message):
    with pytest.raises(ConfigError) as info:
        config.setting(name, value)
    assert str(info.value) == message


@pytest.mark.parametrize("key", config.keys(), ids=lambda key: key.name)
def test_every_key_is_sound_and_documented(key):
    key.kind(key.default)
    assert key.meaning
    assert f"`{key.name}`" in DOCS.read_text("utf-8")


@pytest.mark.parametrize("name", SETTINGS)
def test_a_ranking_setting_is_documented_as_it_is(name):
    default, _, meaning = SETTINGS[name]
    row = f"| `ranking.{name}` | `{json.dumps(default)}` | {meaning} |"
    assert row in DOCS.read_text("utf-8")


def test_the_examples_of_the_documentation_are_accepted(written):
    blocks = DOCS.read_text("utf-8").split("```yaml\n")[1:]
    assert blocks
    for block in blocks:
        text = block.split("```")[0]
        assert written(text) != Config()
        assert yaml.safe_load(text)


def test_what_is_accepted_is_accepted_by_those_it_is_for(written):
    """The reader and the index take every example of the documentation."""
    from searcher.formats import Reader
    from searcher.index.settings import resolve

    for block in DOCS.read_text("utf-8").split("```yaml\n")[1:]:
        found = written(block.split("```")[0])
        Reader(found.reader())
        resolve(found.analysis)
