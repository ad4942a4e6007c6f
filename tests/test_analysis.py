"""Words become terms: the examples table, and what holds for any text whatsoever."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from searcher.analysis import Analyzer
from searcher.analysis.folding import fold
from searcher.analysis.roots import Roots
from searcher.analysis.settings import shipped
from searcher.analysis.variants import variants
from searcher.analysis.whoosh import IndonesianAnalyzer
from searcher.errors import ConfigError

EXAMPLES = yaml.safe_load(
    (Path(__file__).parent / "data/analysis/examples.yaml").read_text("utf-8")
)
ANALYZER = Analyzer()
ROOTS = Roots()


def placed(text: str) -> list[str]:
    return [f"{t.term}@{t.position}" for t in ANALYZER.analyze(text)]


def root(term: str) -> str:
    return ROOTS.root(term, lambda word: EXAMPLES["corpus"].get(word, 0))


def terms_and_roots(text: str) -> set[str]:
    terms = {t.term for t in ANALYZER.analyze(text)}
    return terms | {root(term) for term in terms}


@pytest.mark.parametrize("row", EXAMPLES["rows"], ids=lambda row: row["fact"])
def test_example(row: dict[str, Any]) -> None:
    for text, tokens in row.get("tokens", {}).items():
        assert placed(text) == [str(token) for token in tokens], text
    for query, text in row.get("meets", ()):
        found = terms_and_roots(text)
        for word in query.split():
            assert terms_and_roots(word) & found, f"{word!r} of {query!r} must find {text!r}"
    for query, text in row.get("never", ()):
        common = terms_and_roots(query) & terms_and_roots(text)
        assert not common, f"{query!r} must not find {text!r}"


# -- what a word says besides its terms -------------------------------------------


@pytest.mark.parametrize(
    ("capital", "words"),
    [
        (0, "beras 2023 anak-anak 5% jelasnya.Baca"),
        (1, "Medan Ma'ruf Covid-19 Jakarta-Bandung Undang-Undang U-20 (Jakarta),"),
        (2, "UMKM (KPU), iPhone di-PHK WhatsApp TNI/Polri"),
    ],
)
def test_capitals_tell_names_and_acronyms(capital: int, words: str) -> None:
    assert {word: ANALYZER.word(word).capital for word in words.split()} == dict.fromkeys(
        words.split(), capital
    )


def test_a_sentence_ends_behind_its_full_stop_and_quotes() -> None:
    ends = 'naik. naik." naik?” naik!) (9/3). Covid-19. AS. naik... dll.'
    goes_on = "naik naik, Rp. dr. H. R.A. S.H., No. naik; PT. Prof. koran.com,"
    assert [w for w in ends.split() if not ANALYZER.word(w).ends_sentence] == []
    assert [w for w in goes_on.split() if ANALYZER.word(w).ends_sentence] == []


def test_weights() -> None:
    """Question words say what is asked and weigh nothing; `tidak` is no stop word."""
    words = ["siapakah", "dimana", "yang", "di", "tidak", "antara", "beras", "kasus"]
    assert [ANALYZER.weight(w) for w in words] == [0, 0, 0.3, 0.3, 1, 1, 1, 1]


# -- what holds for any text ------------------------------------------------------

# Texts with all that the rules look at, more often than chance would bring it.
anything = st.text(max_size=40) | st.text(
    st.sampled_from("abz ABZ kKi 019'’-–/.,:_&+%$@\"()\u200b\u0301é½ﬁ한日\n"), max_size=40
)


@given(anything)
def test_tokens_lie_within_the_text(text: str) -> None:
    position = -1
    for token in ANALYZER.analyze(text):
        assert 0 <= token.start < token.end <= len(text)
        assert position <= token.position <= position + 1 or token.position == position
        position = max(position, token.position)
        assert 0 < len(token.term) <= 64
        assert token.term == token.term.casefold()
        assert not any(char.isspace() for char in token.term)
        token.term.encode("utf-8")


@given(anything)
def test_a_word_is_as_wide_as_its_last_position(text: str) -> None:
    for raw in text.split():
        word = ANALYZER.word(raw)
        assert word.width == max((t.position + 1 for t in word.tokens), default=0)
        assert len({(t.term, t.position) for t in word.tokens}) == len(word.tokens)


@given(anything)
def test_three_ways_of_analysis_agree(text: str) -> None:
    """Word by word for a build, text by text for a query, and as Whoosh's analyzer."""
    whole = list(ANALYZER.analyze(text))
    base, bulk, at = 0, [], 0
    for raw, word in zip(text.split(), ANALYZER.words(text.split()), strict=True):
        assert word == ANALYZER.word(raw)
        at = text.index(raw, at)
        bulk += [(t.term, base + t.position, at + t.start, at + t.end) for t in word.tokens]
        base += word.width
        at += len(raw)
    assert bulk == [t[:4] for t in whole]
    whoosh = IndonesianAnalyzer(ANALYZER)(text, positions=True, chars=True, mode="index")
    assert bulk == [(t.text, t.pos, t.startchar, t.endchar) for t in whoosh]


shapes = st.text(
    st.sampled_from("abdeikmn ABN Rp 0159 ..,:/--%'\"()“”"), max_size=14
) | st.from_regex(
    r"[(“]?(Rp)?[0-9]{1,3}([.,:/-][0-9]{2,3}){0,3}%?[.,)]{0,2}|[a-m]{2,4}-[a-m]{2,4}(nya)?[.,]?"
    r"|[A-Za-z]{2,6}[.\"]{1,2}[A-Za-z]{2,6}",
    fullmatch=True,
)


@given(shapes)
def test_the_short_way_for_common_shapes_is_the_long_way(text: str) -> None:
    rules = ANALYZER._rules
    for raw in text.split():
        assert rules.analyse(raw) == rules._analyse_any(raw)


words = st.from_regex(r"[a-z]{2,8}|[A-Z][a-z]{2,8}|[A-Z]{2,5}|[0-9]{1,4}", fullmatch=True)
between = st.sampled_from([" ", ", ", ". ", " (", ") ", ' "', '" ', "; ", "! ", " – ", "\n\n", ","])


@given(st.lists(st.tuples(words, between), max_size=12))
def test_plain_text_is_cut_as_regular_expressions_cut_it(pieces: list[tuple[str, str]]) -> None:
    """The parts of ordinary words are what ``\\w+`` finds: rankings were measured with it."""
    special = {"rp", "idr"} | {
        side + place for side in ("di", "ke", "dari") for place in shipped("tokens")["joined"][side]
    }
    text = "".join(word + gap for word, gap in pieces if word.lower() not in special)
    parts = [t.term for t in ANALYZER.analyze(text) if t.kind != "whole"]
    assert parts == re.findall(r"\w+", text.lower())


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once, at = fold(text)
    assert fold(once)[0] == once
    assert len(at) == len(once) + 1
    assert list(at) == sorted(at)


@pytest.mark.parametrize(
    "raw",
    [
        *("a" * 1_000_000, "a.b" * 100_000, "é-" * 100_000, "1." * 100_000, "'a" * 100_000),
        *("w." * 127 + "x", "a" * 255 + "@", "a-" * 127),
    ],
    ids=len,
)
def test_very_long_words_are_cut_and_harmless(raw: str) -> None:
    tokens = ANALYZER.word(raw).tokens
    assert all(len(t.term) <= 64 for t in tokens)


# -- settings ---------------------------------------------------------------------


def test_settings_survive_json_and_rebuild_the_same_analyzer() -> None:
    kept = json.loads(json.dumps(ANALYZER.settings))
    again = Analyzer(kept)
    assert again.fingerprint == ANALYZER.fingerprint
    assert again.word("Rp1,5") == ANALYZER.word("Rp1,5")


def test_a_user_edits_the_stop_words() -> None:
    mine = Analyzer({"stopwords": {"add": {"konon": 0.3}, "remove": ["para"]}})
    assert (mine.weight("konon"), mine.weight("para")) == (0.3, 1.0)
    # Weights are a matter of queries: the terms, and so the index, stay as they are.
    assert mine.fingerprint == ANALYZER.fingerprint
    assert Analyzer({"camel_names": ["WartaKita"]}).fingerprint != ANALYZER.fingerprint


@pytest.mark.parametrize(
    "edits",
    [
        {"stopwords": {"add": {"konon": 2}}},
        {"stopwords": {"add": ["konon"]}},
        {"stopwords": {"drop": []}},
        {"stopwords": {"remove": "para"}},
        {"camel_names": "TikTok"},
    ],
)
def test_an_edit_that_cannot_be_meant_is_refused(edits: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Analyzer(edits)


def test_searching_needs_neither_yaml_nor_lemmas_nor_numpy() -> None:
    code = (
        "import json, sys; from searcher.analysis import Analyzer;"
        "Analyzer(json.load(sys.stdin)).word('Rp1,5');"
        "import searcher.analysis.roots, searcher.analysis.variants, searcher.analysis.glue;"
        "print([m for m in ('yaml', 'simplemma', 'numpy', 'whoosh') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(ANALYZER.settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["stopwords", "tokens", "roots", "variants"])
def test_every_list_has_a_reason_and_no_word_twice(name: str) -> None:
    for key, group in shipped(name).items():
        assert group["reason"].strip(), key
        lists = [v for k, v in group.items() if isinstance(v, list) and k != "groups"]
        lists += group.get("groups", [])
        for entries in lists:
            assert all(isinstance(word, str) for word in entries), key
            assert len(set(entries)) == len(entries), key
            assert [w for w in entries if w != w.casefold() or w != w.strip()] == [], key


def test_variants_lead_both_ways() -> None:
    table = variants()
    assert table["suharto"] == ("soeharto",)
    assert table["kementrian"] == ("kementerian",)
    assert table["tanggung jawab"] == ("tanggungjawab",)
    assert {"jogja", "yogya"} <= set(table["yogyakarta"])
    for spelling, others in table.items():
        assert spelling not in others
        assert all(spelling in table[other] for other in others)


def test_variants_stand_as_terms() -> None:
    """A spelling that analysis would change could never be found."""
    for spelling in variants():
        for word in spelling.split():
            assert word in {t.term for t in ANALYZER.word(word).tokens}, spelling


@pytest.mark.parametrize("edits", [{"variants": "zulhas"}, {"variants": [["zulhas"]]}])
def test_a_group_of_one_spelling_is_refused(edits: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        variants(edits)
