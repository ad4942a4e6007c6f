"""What an answer looks like, and that nothing in it is obeyed."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher import render
from searcher.article import Article
from searcher.results import Hit, Results, SearchRequest, Snippet


def hit(rank: int = 1, title: str = "Harga beras naik", snippet: Snippet | None = None, **fields):
    article = Article(
        **{
            "id": f"a{rank}",
            "title": title,
            "published": datetime.fromisoformat("2023-03-09T21:32:00+07:00"),
            "source": "Harian Nusa",
            "place": "Medan",
            **fields,
        }
    )
    return Hit(
        rank, 7.1234567, article, snippet or Snippet("harga beras", ((6, 11),)), Snippet(title)
    )


def answer(*hits: Hit, total: int | None = None, text: str = "beras", **more) -> Results:
    n = len(hits) if total is None else total
    return Results(SearchRequest(text=text), hits, lambda: n, 0.42, **more)


def test_a_hit_is_title_byline_address_and_snippet():
    assert render.as_text(answer(hit(path="corpus/a.jsonl"))) == (
        "1. Harga beras naik\n"
        "   Harian Nusa · Medan · 2023-03-09 21:32 WIB\n"
        "   a1 · corpus/a.jsonl\n"
        "   harga beras\n"
        "\n"
        "1 of 1 article (0.4 ms)\n"
    )


def test_without_its_text_a_hit_is_its_id():
    bare = Hit(1, 1.0, Article(id="a1", source="Harian Nusa"), Snippet(""), Snippet(""))
    assert render.as_text(answer(bare)).startswith("1. a1\n   Harian Nusa\n\n")


def test_the_receipt_comes_first_and_the_suggestion_last():
    lines = render.as_text(
        answer(hit(), receipt=("ignored: di",), suggestion="beras impor")
    ).splitlines()
    assert lines[0] == "ignored: di"
    assert lines[-1] == "Did you mean: beras impor"


@pytest.mark.parametrize(
    ("results", "line"),
    [
        (answer(), "no article matches (0.4 ms)"),
        (answer(total=12), "12 articles (0.4 ms)"),
        (answer(hit(11), hit(12), total=20117), "11-12 of 20 117 articles (0.4 ms)"),
    ],
)
def test_how_many_there_are(results, line):
    assert render.as_text(results).splitlines()[-1] == line


def test_facets_are_counted():
    text = render.as_text(answer(hit(), facets={"source": (("Harian Nusa", 12), ("Kabar", 3))}))
    assert "source\n  12  Harian Nusa\n   3  Kabar\n" in text


def test_colour_only_when_asked():
    plain = render.as_text(answer(hit()))
    colored = render.as_text(answer(hit()), color=True)
    assert "\x1b" not in plain
    assert "harga \x1b[1;4mberas\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_a_title_is_bold_and_its_marks_underlined():
    title = Snippet("Harga beras", ((0, 5), (6, 11)))
    bold = Hit(1, 1.0, hit().article, Snippet("x"), title)
    assert render.as_text(answer(bold), color=True).startswith(
        "1. \x1b[1;4mHarga\x1b[0m\x1b[1m \x1b[0m\x1b[1;4mberas\x1b[0m\n"
    )


def test_lines_are_wrapped_and_marks_cross_the_break():
    found = hit(snippet=Snippet("satu dua tiga empat lima enam", ((14, 24),)))
    assert "   satu dua tiga empat\n   lima enam\n" in render.as_text(answer(found), width=23)
    assert (
        "   satu dua tiga \x1b[1;4mempat\x1b[0m\n   \x1b[1;4mlima\x1b[0m enam\n"
    ) in render.as_text(answer(found), color=True, width=23)


def test_without_a_width_a_snippet_is_one_line():
    assert "   " + "kata " * 99 + "akhir\n" in render.as_text(
        answer(hit(snippet=Snippet("kata " * 99 + "akhir"))), width=None
    )


HOSTILE = "\x1b]0;owned\x07<script>\u202e\x9b31m\ud800\n&\"'"


@pytest.mark.parametrize("color", [False, True])
def test_a_terminal_is_not_obeying_articles(color):
    bad = hit(
        title=HOSTILE,
        snippet=Snippet(HOSTILE),
        source=HOSTILE,
        place=HOSTILE,
        path=HOSTILE,
        id=HOSTILE,
    )
    results = answer(
        bad, text=HOSTILE, receipt=(HOSTILE,), suggestion=HOSTILE, facets={HOSTILE: ((HOSTILE, 1),)}
    )
    for text in (
        render.as_text(results, color=color),
        render.article_text(bad.article, color=color),
        render.facts_text({HOSTILE: HOSTILE, "more": {HOSTILE: [HOSTILE]}}),
    ):
        left = re.sub(r"\x1b\[[0-9;]*m", "", text) if color else text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", left)


def test_html_is_escaped():
    bad = hit(title=HOSTILE, snippet=Snippet(HOSTILE, ((0, 3),)), id=HOSTILE, source=HOSTILE)
    html = render.as_html(answer(bad, receipt=(HOSTILE,), suggestion=HOSTILE))
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(html)
    assert "script" not in tags
    assert tags.count("mark") == 1
    assert "\u202e" not in html


def test_only_web_addresses_become_links():
    assert '<a href="https://contoh.id/?a=1&amp;b=2"' in render.as_html(
        answer(hit(url="https://contoh.id/?a=1&b=2"))
    )
    assert "href" not in render.as_html(answer(hit(url="javascript:alert(1)")))


def test_the_json_shape():
    results = answer(
        hit(path="corpus/a.txt"), receipt=("ignored: di",), facets={"source": (("Harian Nusa", 7),)}
    )
    assert json.loads(render.as_json(results)) == {
        "query": "beras",
        "receipt": ["ignored: di"],
        "total": 1,
        "took_ms": 0.42,
        "suggestion": None,
        "hits": [
            {
                "rank": 1,
                "id": "a1",
                "score": 7.123457,
                "title": "Harga beras naik",
                "title_highlights": [],
                "snippet": "harga beras",
                "snippet_highlights": [[6, 11]],
                "published": "2023-03-09T21:32:00+07:00",
                "source": "Harian Nusa",
                "place": "Medan",
                "category": None,
                "author": None,
                "url": None,
                "path": "corpus/a.txt",
            }
        ],
        "facets": {"source": [["Harian Nusa", 7]]},
    }


@given(st.text(st.characters(), max_size=40))
def test_json_comes_back_as_it_was_and_is_safe_to_print(text):
    printed = render.to_json({"t": text})
    assert json.loads(printed) == {"t": text}
    printed.encode("utf-8")
    assert render.clean(printed) == printed


@given(st.text(st.characters(), max_size=60), st.integers(1, 30))
def test_wrapping_loses_nothing_but_spaces(text, width):
    text = render.clean(text)
    lines = [line for line, _ in render._wrap(Snippet(text), width)]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(sum(map(render._columns, line)) <= max(width, 2) for line in lines)


def test_an_article_is_shown_whole():
    article = Article(
        id="a1",
        title="Beras langka",
        body="Satu.\n\nDua beras.",
        caption="Gudang beras",
        author="Tini",
    )
    text = render.article_text(article, width=40)
    assert text == "Beras langka\nTini\na1\n\nSatu.\n\nDua beras.\n\n[Gudang beras]\n"


def test_formats_are_listed():
    assert {name: bool(write(answer(hit()))) for name, write in render.FORMATS.items()} == {
        "text": True,
        "json": True,
        "html": True,
    }
