"""A scraped page becomes its article: nothing of the page stays, nothing of the story goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.errors import ConfigError
from searcher.formats.portal import (
    clean_body,
    is_header_block,
    load_rules,
    parse_dok,
    parse_header_block,
    parse_portal_text,
)

RULES = load_rules()
DATA = Path(__file__).with_name("data") / "portal"

#: Three plain sentences to stand around what is being tested.
BEFORE = "Petani di lereng gunung memanen kentang lebih awal tahun ini."
AFTER = "Mereka khawatir hujan turun terlalu lama dan umbi membusuk di tanah."


def clean(body):
    return clean_body(body, RULES).body


# Every pattern is tested by its own examples --------------------------------------------

NOISE = [(noise, text) for noise in RULES.noise for text in noise.examples]
KEEPS = [(noise, text) for noise in RULES.noise for text in noise.keeps]


def test_every_pattern_has_a_reason_and_an_example():
    for entry in (*RULES.noise, *RULES.captions, *RULES.datelines):
        assert entry.reason, entry
        assert entry.examples, entry


@pytest.mark.parametrize(("noise", "text"), NOISE, ids=lambda value: getattr(value, "name", None))
def test_noise_is_recognised(noise, text):
    """The pattern fits its example, and the needles let it be tried there."""
    if noise.where in ("line", "rest"):
        assert noise in RULES.opened_by(text)
        assert noise.regex.fullmatch(text)
    elif noise.where == "trailing":
        match = noise.regex.search(text[-noise.tail :])
        assert noise in RULES.ending(text)
        assert match
        assert match.end() == len(text[-noise.tail :])
        if not noise.partial:
            assert match[0].strip() == text
    else:
        hits = [hit for hit in RULES.inside.finditer(text) if noise in RULES.begun_by(hit[0])]
        assert hits
        match = noise.regex.search(text)
        assert match
        if not noise.partial:
            assert match[0].strip() == text.strip()


@pytest.mark.parametrize(
    ("noise", "text"),
    [(noise, text) for noise, text in NOISE if not noise.partial and noise.where != "link"],
    ids=lambda value: getattr(value, "name", None),
)
def test_noise_goes_and_the_sentences_around_it_stay(noise, text):
    if noise.where == "trailing":
        body = f"{BEFORE} {AFTER}\n{text}"
    elif noise.where == "inline":
        body = f"{BEFORE} {text} {AFTER}"
    else:
        body = f"{BEFORE} {BEFORE} {BEFORE}\n{text}\n{BEFORE} {AFTER}"
    cleaned = clean(body)
    assert AFTER in cleaned
    assert BEFORE in cleaned
    assert text not in cleaned
    assert len(cleaned) <= len(body) - len(text)


@pytest.mark.parametrize(("noise", "text"), KEEPS, ids=lambda value: getattr(value, "name", None))
def test_a_sentence_that_looks_alike_stays(noise, text):
    assert text in clean(f"{BEFORE}\n{text}\n{AFTER}")
    assert clean(f"{BEFORE} {text}").endswith(text)


@pytest.mark.parametrize("text", [text for c in RULES.captions for text in c.examples])
def test_a_caption_is_kept_apart(text):
    cleaned = clean_body(f"{BEFORE}\n{text}\n{AFTER}", RULES)
    assert cleaned.caption == text
    assert cleaned.body == f"{BEFORE}\n\n{AFTER}"


def test_a_paragraph_that_ends_with_a_credit_is_no_caption():
    paragraph = f"{BEFORE} {AFTER} {BEFORE} {AFTER} (Foto: Humas)"
    cleaned = clean_body(f"{BEFORE}\n{paragraph}", RULES)
    assert cleaned.body.endswith(paragraph.removesuffix(" (Foto: Humas)"))
    assert cleaned.caption is None


@pytest.mark.parametrize(
    "example", [example for d in RULES.datelines for example in d.examples], ids=lambda e: e["text"]
)
def test_a_dateline_gives_place_and_portal(example):
    cleaned = clean_body(example["text"] + f" di sana. {AFTER}", RULES)
    assert cleaned.place == example.get("place")
    assert cleaned.site == example.get("site")
    if "source" in example:
        assert cleaned.source == example["source"]
    if "author" in example:
        assert cleaned.author == example["author"]
    opening = cleaned.body.split(" di sana.")[0]
    assert example["text"].endswith(opening)
    assert opening[0].isupper()
    assert len(opening.split()) >= 2


@pytest.mark.parametrize("text", [text for d in RULES.datelines for text in d.keeps])
def test_what_only_looks_like_a_dateline_stays(text):
    assert clean(f"{text} {AFTER}") == f"{text} {AFTER}"


# Pages ------------------------------------------------------------------------------------


def read(name):
    return (DATA / name).read_text("utf-8")


def test_a_page_with_share_buttons_and_lists_of_other_articles():
    page = parse_portal_text(read("kota-share-buttons.txt"), rules=RULES)
    assert page.title.startswith("Perajin Rotan Cirebon Kirim Kursi Pertama")
    assert page.published.isoformat() == "2023-02-14T19:05:00+07:00"
    assert (page.source, page.site) == ("KabarPesisir Jabar", "jabar.kabarpesisir.com")
    assert page.place == "Cirebon"
    assert page.caption.startswith("Bupati memecahkan kendi")
    paragraphs = page.body.split("\n\n")
    assert len(paragraphs) == 3
    assert paragraphs[0].startswith("Seratus dua puluh kursi rotan buatan perajin Desa Tegalwangi")
    assert paragraphs[0].endswith("Selasa (14/2).")
    shown = " ".join((page.title, page.body, page.caption))
    for dirt in ("Facebook", "TERPOPULER", "PERIODE", "Maaf", "Silakan", "Foto-foto", "19:05"):
        assert dirt not in shown
    assert any("TERPOPULER" in line for line in page.dropped)


def test_a_header_block_whose_body_is_a_page_itself():
    page = parse_header_block(read("header-and-deck.txt"), RULES)
    assert page.title == "Pasar Apung Baru Dibuka, Pedagang Minta Tambatan"
    assert page.published.isoformat() == "2024-09-17T20:46:00+08:00"
    assert (page.place, page.site, page.author) == (
        "Banjarmasin", "kabarpesisir.com", "Nurul Anjani",
    )  # fmt: skip
    paragraphs = page.body.split("\n\n")
    assert paragraphs[0].startswith("Pasar apung di tepi Sungai Martapura")
    assert paragraphs[-1].startswith("Dinas perdagangan berjanji")
    assert page.body.count("tambatan perahu") == 1  # the deck repeats the second paragraph


def test_paragraphs_glued_without_a_space_and_links_inside():
    page = parse_portal_text(read("glued-lines.txt"), rules=RULES)
    assert page.title == ""
    assert (page.place, page.site, page.author) == (
        "Surabaya", "kabarpesisir.com", "Bagus Panuluh",
    )  # fmt: skip
    assert "Baca juga" not in page.body
    assert "Terluar" not in page.body
    assert "Penumpang turun dengan tertib" in page.body
    assert page.body.endswith("kata seorang penumpang.")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Harga Cabai Naik Lagi\n\nHarga cabai di pasar induk naik lagi.", "Harga Cabai Naik Lagi"),
        ("Harga cabai di pasar induk naik lagi. Pedagang mengeluh.", ""),
        ("MEDAN, KOMPAS.com - Harga cabai naik\n\nPedagang mengeluh.", ""),
        ("Jakarta -\nHarga cabai di pasar induk naik lagi.", ""),
        ("Harga cabai di pasar induk naik lagi menjelang hari raya dan\npedagang mengeluh.", ""),
        ("Jum'at, 10 Maret 2023\nHarga Cabai Naik\n\nPedagang mengeluh.", "Harga Cabai Naik"),
        ("Harga Cabai Naik | Portalku\n\nPedagang mengeluh.", "Harga Cabai Naik"),
        ("Harga Cabai Naik Lagi", ""),
        ("", ""),
    ],
)
def test_the_title_is_the_first_line_only_if_it_is_one(text, title):
    page = parse_portal_text(text, rules=RULES)
    assert page.title == title
    if text:
        assert page.body


def test_a_date_that_does_not_exist_is_reported_not_guessed():
    page = parse_portal_text(
        f"Harga Cabai Naik Lagi\n\nKamis, 32 Maret 2023 – 21:32 WIB\n\n{BEFORE}", rules=RULES
    )
    assert page.published is None
    assert page.date_text == "Kamis, 32 Maret 2023 – 21:32 WIB"
    assert page.body == BEFORE


def test_a_day_inside_the_story_stays_in_the_story():
    assert clean(f"{BEFORE} Itu kata dia, Kamis (9/3).").endswith("Kamis (9/3).")


def test_the_writer_beside_the_date_is_the_author_the_portal_is_not():
    text = (
        "Harga Cabai Naik\n{} | Rabu, 6 Nop 2019 | 15:02 WIB\nMEDAN, KABARPESISIR.com - Naik lagi."
    )
    assert parse_portal_text(text.format("Sari Dewi"), rules=RULES).author == "Sari Dewi"
    page = parse_portal_text(text.format("Kabar Pesisir"), rules=RULES)
    assert (page.source, page.author) == ("Kabar Pesisir", None)


def test_lines_broken_by_a_scraper_at_its_links_are_joined():
    body = "Kantor pajak (\nDJP\n) menargetkan penerimaan naik\nsepuluh persen. Itu kata kepalanya."
    assert clean(body) == (
        "Kantor pajak (DJP) menargetkan penerimaan naik sepuluh persen. Itu kata kepalanya."
    )


def test_list_items_and_tables_stay():
    body = f"{BEFORE}\n1. Kentang\n2. Wortel\n- Bawang daun\n{AFTER}"
    assert clean(body).split("\n\n") == [BEFORE, "1. Kentang", "2. Wortel", "- Bawang daun", AFTER]


def test_prose_after_another_block_is_kept():
    prose = f"{BEFORE} {AFTER} {BEFORE}"
    body = f"{prose}\nBerita Terkait\nJudul Lain yang Pendek\n{prose}"
    assert clean(body) == f"{prose}\n\n{prose}"


def test_a_heading_named_like_a_block_before_any_prose_is_a_heading():
    assert "Terbaru" in clean(f"Terbaru\n{BEFORE}")


# Linked headlines glued into the text -------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "after"),
    [
        ("Baca juga: Harga Kentang Naik di Pasar Induk ", "Menurut petani, panen maju dua pekan."),
        ("Baca juga: Harga Kentang Naik di Pasar Induk  ", "Gudang itu penuh."),
        ("Baca juga: Harga Kentang Naik di Pasar Induk", "Gudang itu penuh."),
        ("Baca juga: Harga Kentang Naik di Pasar Induk ", '"Gudang penuh," kata dia.'),
        ("Baca juga: Harga Kentang Naik di Pasar Induk ", "Ia menyebut gudang penuh."),
        ("Baca juga: Kapan Harga Turun? Ini Jawaban Dinas Tani Soal Harga  ", "Gudang itu penuh."),
        ("Baca Juga ", "Gudang itu penuh."),
        ("Baca Juga: ", "gudang itu penuh."),
    ],
)
def test_the_sentence_behind_a_glued_headline_is_kept_whole(link, after):
    cleaned = clean(f"{BEFORE} {link}{after} {AFTER}")
    assert cleaned == f"{BEFORE} {after} {AFTER}"


def test_a_name_used_elsewhere_is_given_back_to_its_sentence():
    link = "Baca juga: Gudang Baru Dibuka untuk Panen Raya"
    body = f"Kepala dinas hadir. {link} Siti Maemunah lalu pergi."
    assert clean(f"{body} Siti Maemunah pulang.") == (
        "Kepala dinas hadir. Siti Maemunah lalu pergi. Siti Maemunah pulang."
    )


def test_in_doubt_headline_words_stay_rather_than_the_text_going():
    body = (
        "Kepala dinas hadir. Baca juga: Gudang Baru Dibuka untuk Panen Raya Petani Desa lalu pergi."
    )
    assert clean(body).endswith("Petani Desa lalu pergi.")


def test_a_pointer_at_the_end_goes_to_the_end_and_names_no_writer():
    cleaned = clean_body(f"{BEFORE} Pilihan Editor: Gudang Baru Dibuka untuk Panen", RULES)
    assert (cleaned.body, cleaned.author) == (BEFORE, None)


def test_a_headline_in_sentence_case_cannot_be_told_from_text_and_stays():
    body = f"{BEFORE} Baca juga: Petani kentang menanti hujan reda sejak pekan lalu {AFTER}"
    assert clean(body).endswith(f"Petani kentang menanti hujan reda sejak pekan lalu {AFTER}")


# Header blocks and collections ---------------------------------------------------------------


def test_header_lines_in_any_order_and_spelling():
    text = (
        "TANGGAL : 09/03/2023\nPenulis: Sari Dewi\nJUDUL = Panen Kentang\n  di Lereng\n"
        f"Kategori: daerah\nURL: https://kabarpesisir.com/1\nIsi Berita: {BEFORE}\n\n{AFTER}\n"
        "Sumber: Kabar Pesisir\n"
    )
    page = parse_header_block(text, RULES)
    assert page.title == "Panen Kentang di Lereng"
    assert page.published == datetime(2023, 3, 9)
    assert (page.author, page.category, page.source, page.url) == (
        "Sari Dewi", "daerah", "Kabar Pesisir", "https://kabarpesisir.com/1",
    )  # fmt: skip
    assert page.body == f"{BEFORE}\n\n{AFTER}"


def test_a_header_without_a_body_key_ends_at_the_blank_line():
    page = parse_header_block(f"Judul: Panen\nTanggal: 9 Maret 2023\n\n{BEFORE}\n\n{AFTER}", RULES)
    assert page.body == f"{BEFORE}\n\n{AFTER}"


def test_an_unreadable_date_in_a_header_is_reported():
    page = parse_header_block(f"Judul: Panen\nTanggal: 32/01/2024\nIsi: {BEFORE}", RULES)
    assert (page.published, page.date_text) == (None, "32/01/2024")


@pytest.mark.parametrize(
    "text", [BEFORE, "", "Foto: Humas\n" + BEFORE, "Ia berkata: panen.\nJudul: x", "http://a.id/"]
)
def test_other_texts_are_no_header_block(text):
    assert not is_header_block(text)
    assert parse_header_block(text, RULES) is None


COLLECTION = f"""<DOK>
<NO> k-1 </NO>
<JUDUL> Panen Kentang </JUDUL>
<TANGGAL>9 Maret 2023</TANGGAL>
<TEKS>
MEDAN - {BEFORE}

{AFTER}
</TEKS>
</DOK>
<DOC><DOCNO>k-2</DOCNO><HEADLINE>Gudang Baru</HEADLINE>
<TEXT><P>{BEFORE}</P><P>{AFTER}</P></TEXT></DOC>
<DOK>
<NO>k-3</NO>
<TEKS>{BEFORE}
<DOK><NO>k-4</NO></DOK>
"""


def test_a_marked_collection_gives_its_documents_with_their_lines():
    first, second, third, fourth = parse_dok(COLLECTION, RULES)
    assert (first.line, first.portal.article_id, first.portal.title) == (1, "k-1", "Panen Kentang")
    assert (first.portal.place, first.portal.published) == ("Medan", datetime(2023, 3, 9))
    assert first.portal.body == second.portal.body == f"{BEFORE}\n\n{AFTER}"
    assert (second.line, second.portal.title, second.problem) == (11, "Gudang Baru", None)
    assert (third.line, third.portal.body, third.problem) == (13, BEFORE, "<DOK> is not closed")
    assert fourth.problem == "no title and no text"


# Settings ------------------------------------------------------------------------------------


def test_a_users_own_noise_and_datelines():
    rules = load_rules(
        {
            "noise": ["Ikuti kuis.*", {"pattern": r"\(iklan layanan\)", "where": "inline"}],
            "datelines": [r"Dari meja redaksi (?P<place>[A-Z]\w+): "],
        }
    )
    body = f"Dari meja redaksi Tegal: {BEFORE} (iklan layanan) {AFTER}\nIkuti kuis berhadiah kami"
    cleaned = clean_body(body, rules)
    assert cleaned.body == f"{BEFORE} {AFTER}"
    assert cleaned.place == "Tegal"
    assert "Ikuti kuis berhadiah kami" in cleaned.dropped


@pytest.mark.parametrize(
    "extra",
    [
        {"noise": "Iklan"},
        {"noise": ["("]},
        {"noise": [{"where": "line"}]},
        {"noise": [{"pattern": "x", "where": "nowhere"}]},
        {"noise": [{"pattern": "x", "wehre": "line"}]},
        {"noise": [{"pattern": "x?", "where": "inline"}]},
        {"datelines": ["("]},
        {"datelines": [{"pattern": "x", "plase": 1}]},
    ],
)
def test_a_setting_that_cannot_be_used_is_an_error(extra):
    with pytest.raises(ConfigError):
        load_rules(extra)


# Any text ------------------------------------------------------------------------------------

DIRTY = st.lists(
    st.sampled_from(
        [text for noise in RULES.noise for text in noise.examples]
        + [example["text"] for d in RULES.datelines for example in d.examples]
        + [
            BEFORE,
            AFTER,
            "Baca juga: ",
            "\n",
            "\n\n",
            " ",
            "Judul: ",
            "<DOK>",
            "(abc/def)",
            "Foto: ",
        ]
    )
    | st.text(max_size=12),
    max_size=14,
).map("".join)


@given(DIRTY)
def test_no_text_breaks_the_reader_and_a_body_is_never_lost_whole(text):
    """Nothing but dirt leaves nothing; a paragraph of prose always leaves something."""
    cleaned = clean_body(text, RULES)
    assert cleaned.body == "" or any(ch.isalnum() for ch in cleaned.body)
    cleaned = clean_body(f"{text}\n{BEFORE} {AFTER}", RULES)
    assert cleaned.body or cleaned.caption
    page = parse_portal_text(text, rules=RULES)
    assert page.title is not None
    parse_header_block(text, RULES)
    list(parse_dok(text, RULES))


@given(DIRTY)
def test_the_whole_sentences_of_a_body_survive_whatever_stands_around_them(text):
    body = f"{BEFORE} {AFTER}\n\n{text}\n\n{AFTER} {BEFORE}"
    cleaned = clean(body)
    assert cleaned.startswith(f"{BEFORE} {AFTER}") or cleaned.endswith(f"{AFTER} {BEFORE}")


def test_rules_can_be_copied_and_shared():
    assert replace(RULES).noise == RULES.noise


# Seen on real pages --------------------------------------------------------------------


def test_the_head_of_a_page_above_a_body_is_read_and_goes():
    """Writer, date and portal, printed above the story in a body column."""
    cleaned = clean_body(
        f"isi:\nSari Dewi\n7 November 2025, 05:04 WIB\n7 November 2025, 05:01 WIB\nWarta.com -\n"
        f"{BEFORE}\n{AFTER}",
        RULES,
    )
    assert cleaned.body == f"{BEFORE}\n\n{AFTER}"
    assert (cleaned.author, cleaned.site) == ("Sari Dewi", "warta.com")
    assert cleaned.published.isoformat() == "2025-11-07T05:04:00+07:00"


def test_a_sentence_a_scraper_cut_at_its_links_is_one_again():
    text = "Laga\nPersiba\nvs\nPSS\npada Rabu ditonton Presiden\nProbo Hadi\n, lalu usai."
    assert clean(text) == "Laga Persiba vs PSS pada Rabu ditonton Presiden Probo Hadi, lalu usai."


def test_a_list_stays_a_list():
    text = "Yang dibeli panitia\na. Tas seratus buah\nb. Payung besar\nc. topi"
    assert clean(text).count("\n\n") == 3


def test_a_reporter_named_behind_a_glued_caption_is_the_author():
    cleaned = clean_body(
        f"Warga memanen kentang Laporan Wartawan Warta.com, Sari Dewi WARTA.COM, DIENG - {BEFORE}",
        RULES,
    )
    assert cleaned.body == f"Warga memanen kentang\n\n{BEFORE}"
    assert (cleaned.author, cleaned.place) == ("Sari Dewi", "Dieng")


def test_nothing_but_furniture_is_nothing():
    page = "ADVERTISEMENT\n\nSCROLL TO CONTINUE WITH CONTENT\n\nTERPOPULER\n\n[Gambas:Video 1]"
    found = parse_portal_text(page, rules=RULES)
    assert (found.title, found.body) == ("", "")
    assert clean("Jakarta, CNN Indonesia -- ,,,") == ""


def test_a_caption_glued_between_two_sentences_is_kept_apart():
    cleaned = clean_body(f"{BEFORE}Petani membawa kentang ke gudang (Foto: Warta){AFTER}", RULES)
    assert cleaned.body == f"{BEFORE} {AFTER}"
    assert cleaned.caption == "Petani membawa kentang ke gudang (Foto: Warta)"
    assert clean("Warga menunjukkan surat (Foto: Warta) kepada lurah.") == (
        "Warga menunjukkan surat kepada lurah."
    )
