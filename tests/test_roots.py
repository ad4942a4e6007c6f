"""Roots: which words are one family, which never are, and words that lost their space."""

from __future__ import annotations

import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.analysis import glue
from searcher.analysis.affixes import _BY_HEAD, HEAD, _stems, candidates, openings
from searcher.analysis.roots import (
    Roots,
    _dictionaries,
    guarded,
    lemma_lines,
    load_lemmas,
    read_lemmas,
)
from searcher.errors import ConfigError
from searcher.kernels.words import Interner

ROOTS = Roots()

GRAMMAR = (
    "sekarang mereka merupakan kemudian tetapi sehingga menurut kepada melalui terhadap "
    "secara sebuah tersebut menjadi"
)
NAMES = (
    "megawati pertamina pekanbaru merdeka bekasi bali susi kediri gunawan mentawai penajam "
    "kartini baswedan jokowi nasution medan pemilu pemkot pemprov kapolda kemenkes relawan "
    "pariaman asahan merauke kendari tarakan nunukan pekalongan kebumen sepaku selayar "
    "kuningan mempawah ternate saifullah umkm g20 covid-19 1990-an"
)


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("menteri", "menteri kementerian menterinya"),
        ("tewas", "tewas menewaskan ditewaskan tewasnya"),
        ("berita", "berita pemberitaan memberitakan diberitakan"),
        ("beri", "berikan diberikan memberi pemberian"),
        ("selidik", "penyelidikan menyelidiki diselidiki penyelidik"),
        ("sidik", "penyidikan penyidik"),
        ("bank", "perbankan bank bank-bank"),
        ("gerak", "gerakan pergerakan bergerak menggerakkan"),
        ("kurang", "kurang dikurangi mengurangi pengurangan kekurangan"),
        ("pukul", "memukul pemukulan dipukuli pukulan"),
        ("tulis", "menulis penulis tertulis ditulisnya"),
        ("sapu", "menyapu"),
        ("jabat", "menjabat pejabat jabatan"),
        ("tani", "petani pertanian"),
        ("kerja", "bekerja pekerja pekerjaan dikerjakan"),
        ("ajar", "belajar pelajar pelajaran mengajar diajarkan"),
        ("aku", "mengaku mengakui diakui pengakuan"),
        ("ubah", "berubah mengubah perubahan diubah"),
        ("pengalaman", "pengalaman mengalami dialami berpengalaman"),
        ("anak", "anak anak-anak anaknya anak-anaknya"),
        ("buku", "buku-buku buku-bukunya"),
        ("phk", "mem-phk di-phk"),
        ("minta", "meminta permintaan diminta"),
    ],
)
def test_one_family(root: str, words: str) -> None:
    assert {word: ROOTS.root(word) for word in words.split()} == dict.fromkeys(words.split(), root)


def test_grammar_stays_whole() -> None:
    """`sehingga` is not `hingga`, and `tersebut`, in 60 % of articles, not `sebut`."""
    for word in GRAMMAR.split():
        assert ROOTS.root(word) == word


@pytest.mark.parametrize("name", NAMES.split())
def test_names_and_acronyms_stay_whole(name: str) -> None:
    assert ROOTS.root(name) == name


def test_a_loan_word_is_known_from_the_corpus() -> None:
    counts = {"download": 40, "mendownload": 12, "posting": 50}
    assert ROOTS.root("mendownload", lambda w: counts.get(w, 0)) == "download"
    assert ROOTS.root("memposting", lambda w: counts.get(w, 0)) == "posting"
    assert ROOTS.root("mendownload") == "mendownload"


def test_but_only_if_it_is_common_beside_the_longer_word() -> None:
    """Else a frequent name would belong to a rare scrap of it."""
    counts = {"sorlani": 500, "sorlan": 20}
    assert ROOTS.root("sorlani", lambda w: counts.get(w, 0)) == "sorlani"


def test_many_roots_are_the_roots_of_each() -> None:
    vocabulary = dict.fromkeys(
        ["beras", "menewaskan", "posting", "memposting", "anak-anak", "bekasi"], 9
    )
    assert ROOTS.roots(vocabulary) == {
        "menewaskan": "tewas",
        "memposting": "posting",
        "anak-anak": "anak",
    }


def test_a_user_names_roots_and_protects_words() -> None:
    mine = Roots({"roots": {"Diviralkan": "viral"}, "protect": ["Menangis"]})
    assert mine.root("diviralkan") == "viral"
    assert mine.root("menangis") == "menangis"
    assert mine.root("menewaskan") == "tewas"
    assert mine.fingerprint != ROOTS.fingerprint
    again = Roots(json.loads(json.dumps(mine.settings)))
    assert again.fingerprint == mine.fingerprint


@pytest.mark.parametrize("edits", [{"roots": ["x"]}, {"roots": {"a": 1}}, {"protect": "bekasi"}])
def test_an_edit_that_cannot_be_meant_is_refused(edits: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Roots(edits)


def test_lemmas_are_what_the_dictionary_says_word_by_word(monkeypatch) -> None:
    """However they are read: those of lower-case words, in the dictionary's order."""
    words = _dictionaries().DefaultDictionaryFactory().get_dictionary("id")
    expected = {
        word: lemma
        for word, lemma in words.items()
        if all(part.isalpha() and part.islower() for part in (word, lemma))
    }
    assert list(load_lemmas().items()) == list(expected.items())
    monkeypatch.setattr("searcher.analysis.roots.unpack", lambda packed: None)
    assert load_lemmas.__wrapped__() == expected


def test_lemmas_can_be_kept_and_used_without_loading_them_anew() -> None:
    lemmas = load_lemmas()
    kept = lemma_lines(lemmas)
    assert read_lemmas(kept.splitlines()) == lemmas
    assert Roots(lemmas={"tewas": "mati"}).root("menewaskan") == "mati"


@given(st.text("abdegiklmnprstuy", max_size=14) | st.text(max_size=8))
def test_any_term_has_a_root_which_is_its_own(term: str) -> None:
    def doc_freq(word: str) -> int:
        return len(word)

    root = ROOTS.root(term, doc_freq)
    assert ROOTS.root(root, doc_freq) == root
    assert bool(root) == bool(term)


@given(st.text("adegiklmnprtu", max_size=20))
def test_candidates_end(word: str) -> None:
    levels = list(candidates(word))
    assert len(levels) <= 5
    stems = [stem for level in levels for stem in level]
    assert len(set(stems)) == len(stems)


def test_a_name_is_capitalised_nearly_always() -> None:
    assert guarded(95, 100)
    assert not guarded(90, 100)  # Menteri, Kementerian
    assert not guarded(0, 0)


# -- words that lost their space --------------------------------------------------

COUNTS = {"trump": 900, "mengatakan": 9000, "menteri": 3000, "keuangan": 800, "serta": 5000} | {
    "trumpmengatakan": 2,
    "menterikeuangan": 20,
    "keikutsertaan": 15,
    "ikut": 4000,
}


def test_a_rare_word_of_two_frequent_ones_is_split() -> None:
    count = COUNTS.get
    found = glue.split("trumpmengatakan", lambda w: count(w, 0), 10_000_000)
    assert found == ("trump", "mengatakan")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("menterikeuangan", "800 is less than 50 times 20"),
        ("keikutsertaan", "it has a root"),
        ("mengatakan", "frequent"),
        ("trump2mengatakan", "not of letters only"),
        ("xyztrump", "the other part is no word"),
    ],
)
def test_other_words_are_let_be(word: str, why: str) -> None:
    assert glue.split(word, lambda w: COUNTS.get(w, 0), 10_000_000) is None, why


def test_in_a_small_corpus_fewer_uses_are_enough() -> None:
    counts = {"beras": 7, "medan": 9, "berasmedan": 0}
    assert glue.split("berasmedan", lambda w: counts.get(w, 0), 100_000) == ("beras", "medan")
    assert glue.split("berasmedan", lambda w: counts.get(w, 0), 5_000_000) is None


@given(
    st.dictionaries(
        st.text("abm", min_size=4, max_size=5) | st.text("abm", min_size=9, max_size=10),
        st.integers(1, 400),
        max_size=30,
    )
)
def test_repairs_are_the_splits_of_the_vocabulary(vocabulary: dict[str, int]) -> None:
    def count(word: str) -> int:
        return vocabulary.get(word, 0)

    roots = Roots(lemmas={})
    splits = {word: glue.split(word, count, 1000, roots) for word in vocabulary}
    interner = Interner()
    numbers = [interner.number(word.encode()) for word in vocabulary]
    assert numbers == list(range(len(vocabulary)))
    limits = glue.RARE, glue.LONG, glue.PART_LENGTH, glue.frequent(1000)
    found = interner.joined(array("I", vocabulary.values()), *limits)
    suspects = [interner.word(number).decode() for number in found]
    repaired = glue.repairs(suspects, count, 1000, roots)
    assert repaired == {word: parts for word, parts in splits.items() if parts}


@given(
    outer=st.sampled_from(sorted({outer for outer, _ in _BY_HEAD})),
    head=st.sampled_from(sorted({head for _, head in _BY_HEAD})),
    rest=st.text("aeimngyklrpstjb", min_size=3, max_size=8),
)
def test_five_letters_decide_what_a_prefix_does(outer, head, rest):
    """What is kept for a beginning is what the rules say of the whole word."""
    word = head + rest
    expected = [
        (prefix, stem)
        for prefix in _BY_HEAD.get((outer, head), ())
        for stem in _stems(prefix, word)
        if len(stem) >= 3
    ]
    found = [(prefix, put + word[cut:]) for prefix, put, cut in openings(outer, word[:HEAD])]
    assert [(prefix, stem) for prefix, stem in found if len(stem) >= 3] == expected
