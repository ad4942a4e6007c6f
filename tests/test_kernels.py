"""Each kernel against the few lines it replaces, compiled and as plain Python.

Where the kernels are compiled both are tested, the source loaded a second time as a
machine without compiler and without Cython would: one suite, two engines.
"""

from __future__ import annotations

import doctest
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import accumulate, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.analysis import affixes
from searcher.analysis.roots import COMMON, SHORTEST_AFFIXED, SHORTEST_UNLISTED, Roots
from searcher.index.build import term_columns
from searcher.kernels import pure

MODULES = (
    "acronyms",
    "affixes",
    "columns",
    "families",
    "lemmas",
    "matching",
    "passages",
    "postings",
    "proximity",
    "spelling",
    "words",
    "writing",
)


@contextmanager
def without_cython() -> Iterator[None]:
    """What ``import cython`` finds where it is not installed: our stand-in."""
    there = sys.modules.get("cython")
    sys.modules["cython"] = pure
    try:
        yield
    finally:
        if there is None:
            del sys.modules["cython"]
        else:
            sys.modules["cython"] = there


def as_python(name: str) -> ModuleType:
    """A kernel module run from its source, whatever else was built."""
    path = Path(pure.__file__).with_name(f"{name}.py")
    loader = SourceFileLoader(f"plain_{name}", str(path))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    with without_cython():
        loader.exec_module(module)
    return module


class Kernels:
    """One set of kernel modules."""

    def __init__(self, label: str, modules: Mapping[str, ModuleType]) -> None:
        self.label = label
        self.compiled = label == "compiled"
        for name, module in modules.items():
            setattr(self, name, module)

    acronyms: Any
    affixes: Any
    columns: Any
    families: Any
    lemmas: Any
    passages: Any
    postings: Any
    proximity: Any
    spelling: Any
    words: Any
    writing: Any

    def __repr__(self) -> str:
        return self.label


PLAIN = Kernels("plain", {name: as_python(name) for name in MODULES})
_installed = {name: import_module(f"searcher.kernels.{name}") for name in MODULES}
COMPILED = Kernels("compiled", _installed) if _installed["postings"].is_compiled() else None
BOTH = [kernels for kernels in (PLAIN, COMPILED) if kernels]
both = pytest.mark.parametrize("kernels", BOTH, ids=repr)


def test_plain_kernels_are_plain():
    """The source loads without Cython, and says that it is not compiled."""
    assert not PLAIN.postings.is_compiled()


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    """The examples in the docstrings, which pytest cannot collect beside a compiled module."""
    assert doctest.testmod(getattr(PLAIN, name)).failed == 0


# ---- acronyms ------------------------------------------------------------------------

few = st.text("abep", max_size=4)
pieces = st.builds(
    lambda bare, flags, others: (
        bare.encode(), bare.lower().encode(), bare.lower().encode(), flags,
        tuple(other.encode() for other in others),
    ),
    few | few.map(str.upper),
    st.sampled_from([0, 0, 0, 0, 1, 2, 4, 8, 12, 16, 16, 32, 128]),
    st.lists(st.text("abep", min_size=1, max_size=3), max_size=1),
)  # fmt: skip
forms = st.builds(
    lambda short, syllables: (
        short.encode(), short.lower().encode(), syllables, not syllables,
    ),
    st.text("ABEP", min_size=2, max_size=7),
    st.booleans(),
)  # fmt: skip


def spelt(letters, words, initials, skips, inner, number=0):
    """Whether some way to take letters from each word spells these: by trying all."""
    if number == len(words):
        return not letters
    _, word, _, flags, others = words[number]
    if number and (flags & 8 or not word):
        if spelt(letters, words, initials, skips, inner, number + 1):
            return True
    elif (
        number
        and skips
        and (not initials or number < len(words) - 1)
        and spelt(letters, words, initials, skips - 1, inner, number + 1)
    ):
        return True
    gives = set(others)
    if initials:
        gives |= {word[:1]} | ({word} if flags & 16 else set())
    else:
        gives |= {word[: n + 1] for n in range(len(word))}
        if number or inner:
            gives |= {
                word[i:end]
                for i in range(1, len(word))
                for end in range(i + (2 if number else 3), len(word) + 1)
                if word[i] not in b"aeiou"
            }
    return bool(letters and word) and any(
        letters.startswith(given)
        and spelt(letters[len(given) :], words, initials, skips, inner, number + 1)
        for given in gives
    )


def spelling(form, words, skips, inner):
    """What ``Speller.spells`` says, as ``searcher.index.acronyms`` defines it."""
    short, letters, syllables, _ = form
    if len(words) > len(letters) + 4 or short in [bare for bare, *_ in words]:
        return False
    heads = [lower[:1] for _, lower, _, flags, _ in words if not flags & 4]
    if not syllables and b"".join(heads) == letters:
        return True
    content = len(heads) + sum(flags & 32 > 0 for *_, flags, _ in words)
    if content < 2:
        return False
    skips = skips if content >= (3 if syllables else 5) else 0
    if syllables:
        return spelt(letters, words, False, skips, inner)
    if spelt(letters, words, True, skips, inner):
        return True
    written_large = len(letters) > 4 and not skips and set(letters) & set(b"aeiou")
    return bool(written_large) and spelt(letters, words, False, 0, False)


def longest_form(form, words):
    """What ``Speller.expansion`` says: the fewest words, one left out only where needed."""
    _, letters, syllables, _ = form
    taken = []
    for piece in reversed(words):
        if taken and piece[3] & 1:
            break
        taken.insert(0, piece)
        if piece[3] & 2:
            break
    for skips, inner in ((0, False), (1, False), (1, True)):
        for n in range(2, len(taken) + 1):
            _, lower, _, flags, _ = taken[-n]
            begins = lower[:1] == letters[:1] and not flags & 132
            if inner:
                begins = syllables and len(letters) > 4 and letters[:3] in lower[1:]
            if begins and spelling(form, taken[-n:], skips, inner):
                return n
    return 0


@both
@given(form=forms, words=st.lists(pieces, max_size=7), skips=st.integers(0, 1), inner=st.booleans())
def test_words_spell_what_some_way_to_take_letters_spells(kernels, form, words, skips, inner):
    speller = kernels.acronyms.Speller()
    assert speller.spells(form, words, skips, inner) == spelling(form, words, skips, inner)
    assert speller.expansion(form, words) == longest_form(form, words)


@both
@given(
    texts=st.lists(st.lists(st.integers(0, 9), max_size=9), max_size=4), form=forms, data=st.data()
)
def test_short_forms_are_found_where_they_stand(kernels, texts, form, data):
    """Raw word 0 is the short form in brackets, 1 another bracket, the others are words."""
    words = data.draw(st.lists(pieces, min_size=10, max_size=10))
    numbers = array("I", [w for text in texts for w in text])
    doc_at = array("Q", [0])
    expected = []
    for doc, text in enumerate(texts):
        start = doc_at[doc]
        doc_at.append(start + len(text))
        for i, w in enumerate(text[1:], 1):
            if w == 1:
                expected.append((doc, start + i, 0))
            if w == 0:
                near = [words[numbers[max(start + i - k, 0)]] for k in (1, 2)]
                ends = [
                    flags & 64 or outer[:1] == form[1][-1:] or form[1][-2:] in outer
                    for _, _, outer, flags, _ in near
                ]
                window = text[max(0, i - 2 * len(form[0]) - 4) : i]
                n = longest_form(form, [words[each] for each in window])
                if n and (ends[0] or (ends[1] and not form[3])):
                    expected.append((doc, start + i, n))
    found = kernels.acronyms.Speller().mine(numbers, doc_at, b"\1\2", {0: form}, words.__getitem__)
    assert found == expected


# ---- columns -------------------------------------------------------------------------


@both
@pytest.mark.parametrize("format", ["B", "H", "I"])
@given(
    documents=st.lists(st.tuples(st.integers(0, 255) | st.just(-1), st.integers(0, 1))),
    deleted=st.booleans(),
)
def test_lengths_are_summed(kernels, format, documents, deleted):
    most = 256 ** array(format).itemsize - 1
    lengths = array(format, [most if length < 0 else length for length, _ in documents])
    live = bytearray(alive for _, alive in documents) if deleted else None
    kept = [n for n, alive in zip(lengths, live or b"\1" * len(lengths), strict=True) if alive]
    assert kernels.columns.summed(memoryview(lengths), live) == (sum(kept), len(kept))


@both
@given(
    lengths=st.lists(st.integers(0, 2**32 - 1)),
    k1=st.floats(0, 3),
    b=st.floats(0, 1),
    pivot=st.floats(0, 1e6),
)
def test_norms_are_those_of_the_formula(kernels, lengths, k1, b, pivot):
    expected = [k1 * (1.0 - b + b * dl / max(pivot, 1e-9)) for dl in lengths]
    assert kernels.columns.norms(array("I", lengths), k1, b, pivot).tolist() == expected


@both
@given(sizes=st.lists(st.integers(0, 2)))
def test_lists_with_anything_in_them(kernels, sizes):
    at = array("Q", accumulate(sizes, initial=0))
    expected = [number for number, size in enumerate(sizes) if size]
    assert kernels.columns.not_empty(at).tolist() == expected


@both
@given(counts=st.lists(st.integers(250, 260) | st.integers(0, 2**32 - 1)))
def test_counts_in_bytes(kernels, counts):
    small, at, large = kernels.columns.in_bytes(array("I", counts))
    assert list(small) == [min(count, 255) for count in counts]
    assert at.tolist() == [i for i, count in enumerate(counts) if count >= 255]
    assert large.tolist() == [count for count in counts if count >= 255]


@st.composite
def tables(draw):
    """Which terms each of some words stands for, how many terms there are, and a text."""
    n_terms = draw(st.integers(1, 5))
    words = draw(st.lists(st.lists(st.integers(0, n_terms - 1), max_size=3), min_size=1))
    numbers = draw(st.lists(st.integers(0, len(words) - 1)))
    return words, n_terms, numbers


@both
@given(table=tables(), data=st.data())
def test_terms_of_words(kernels, table, data):
    words, n_terms, numbers = table
    term_at = array("I", accumulate(map(len, words), initial=0))
    term_of = array("I", [term for terms in words for term in terms])

    counts = kernels.columns.occurrences(array("I", numbers), len(words))
    assert counts.tolist() == [numbers.count(w) for w in range(len(words))]

    single = [words[w][0] for w in numbers if len(words[w]) == 1]
    often = kernels.columns.alone(counts, term_at, term_of, n_terms)
    assert often.tolist() == [single.count(term) for term in range(n_terms)]

    marked = bytearray(data.draw(st.lists(st.booleans(), min_size=n_terms, max_size=n_terms)))
    expected = [w for w in sorted(set(numbers)) if len(words[w]) == 1 and marked[words[w][0]]]
    found = kernels.columns.standing_for(counts, term_at, term_of, marked)
    assert found.tolist() == expected

    new = array("I", [data.draw(st.integers(0, 9)) for _ in words])
    places, values = kernels.columns.valued(array("I", numbers), new)
    assert places.tolist() == [i for i, w in enumerate(numbers) if new[w]]
    assert values.tolist() == [new[w] for w in numbers if new[w]]

    summed = [data.draw(st.integers(0, 9)) for _ in words[: data.draw(st.integers(0, len(words)))]]
    order = data.draw(st.permutations(range(n_terms)))
    sums = Counter[int]()
    for terms, count in zip(words, summed, strict=False):
        sums.update({terms[0]: count} if terms else {})
    found = kernels.columns.by_term(
        array("I", summed), term_at, term_of, array("I", order), n_terms
    )
    assert found.tolist() == [sums[term] for term in order]


# ---- lemmas --------------------------------------------------------------------------


def shared_start(first, second):
    """How many bytes two words begin with alike."""
    return sum(accumulate((a == b for a, b in zip(first, second, strict=False)), min))


listed = st.text("abAé1", max_size=5) | st.text("ab", max_size=200)


@both
@given(pairs=st.dictionaries(listed, listed), shares=st.data(), cut=st.integers(0, 3))
def test_lemmas_are_unpacked(kernels, pairs, shares, cut):
    """However the words are packed; long ones, and what is cut off, are left to others."""
    packed = bytearray(b"SMFC1\0")
    count = len(pairs)
    while count >= 128:
        packed.append(count & 127 | 128)
        count >>= 7
    packed.append(count)
    before, lemma_before = b"", b""
    for word, lemma in ((word.encode(), lemma.encode()) for word, lemma in pairs.items()):
        shared = shared_start(before, word)
        shared = shares.draw(st.integers(0, min(shared, 127)))
        packed += bytes([shared, min(len(word) - shared, 255)]) + word[shared:]
        if lemma == lemma_before and shares.draw(st.booleans()):
            packed.append(254)
        else:
            kept = shares.draw(st.integers(0, shared_start(word, lemma)))
            whole = len(word) - kept > 250 or shares.draw(st.booleans())
            rest = lemma if whole else lemma[kept:]
            packed += bytes([255 if whole else len(word) - kept, min(len(rest), 255)]) + rest
        before, lemma_before = word, lemma
    found = kernels.lemmas.unpack(bytes(packed))
    if any(len(text.encode()) >= 128 for pair in pairs.items() for text in pair):
        assert found is None or found.items() <= pairs.items()
    else:
        expected = {
            word: lemma
            for word, lemma in pairs.items()
            if all(text.isalpha() and text.islower() for text in (word, lemma))
        }
        assert found == expected
        assert list(found) == list(expected)
        if pairs and cut:
            assert kernels.lemmas.unpack(bytes(packed[:-cut])) is None


# ---- words ---------------------------------------------------------------------------

SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
NEARLY = "\u200b\u2060\ufeff\u180e\u2007\u3001\u2001é€𝔸\x1b\x00\u0084\u00a1\u167f\u205e"
nasty = st.text(st.one_of(st.sampled_from(SPACES + NEARLY + "abAB,.-"), st.characters()))


@both
@given(texts=st.lists(nasty, max_size=5))
def test_words_are_cut_where_python_cuts_them(kernels, texts):
    """Any text is cut as ``str.split`` cuts it, and each distinct word has one number."""
    interner = kernels.words.Interner()
    for text in texts:
        clean = text.encode("utf-8", "replace")
        numbers = interner.add(clean)
        assert [interner.words[n].decode() for n in numbers] == clean.decode().split()
    assert len(set(interner.words)) == len(interner.words) == len(interner)


@both
def test_all_white_space_separates(kernels):
    """Every character that ``str.isspace`` calls one, and no other."""
    spaces = [chr(n) for n in range(0x110000) if not 0xD800 <= n < 0xE000 and chr(n).isspace()]
    text = "x".join(spaces)
    assert len(kernels.words.Interner().add(f"x{text}x".encode())) == len(spaces) + 1
    for other in NEARLY.replace("\u2007", "").replace("\u2001", ""):
        assert len(kernels.words.Interner().add(f"x{other}x".encode())) == 1, hex(ord(other))


@both
def test_many_words_keep_their_numbers(kernels):
    """The table grows without forgetting: 70,000 words, each twice."""
    interner = kernels.words.Interner()
    text = " ".join(f"kata{n}" for n in range(70_000)).encode()
    first = interner.add(text)
    assert list(first) == list(range(70_000))
    assert interner.add(text) == first
    assert interner.words[69_999] == b"kata69999"


#: Words that are alike at both ends, or but for their length, or zero bytes.
edges = st.builds(
    lambda first, middle, n, last: (first + middle * n + last)[:300],
    st.sampled_from([b"", b"kata", b"\0", b"mengatakan", b"\xc3\xa9"]),
    st.sampled_from([b"", b"a", b"b", b"\0", b"ab", b"ba"]),
    st.sampled_from([0, 1, 2, 7, 8, 9, 15, 16, 17, 128, 255]),
    st.sampled_from([b"", b"nya", b"\0", b"mengatakan"]),
)


@both
@given(words=st.lists(edges, max_size=60))
def test_each_word_has_one_number(kernels, words):
    """However alike words are: they are told apart by length, edges, and all between."""
    interner = kernels.words.Interner()
    expected = {}
    for word in words:
        assert interner.number(word) == expected.setdefault(word, len(expected))
    assert interner.words == list(expected)
    assert [interner.find(word) for word in expected] == list(expected.values())
    assert interner.find(b"lain") == -1
    texts = [word for word in expected if word.strip() == word != b"" and b"\xa9" not in word]
    assert list(interner.add(b" ".join(texts))) == [expected[word] for word in texts]
    assert [interner.add(word)[0] for word in texts] == [expected[word] for word in texts]


alike = st.binary(max_size=12) | st.text("ab", min_size=6, max_size=12).map(str.encode)


@both
@given(words=st.lists(alike, unique=True, max_size=40), data=st.data())
def test_words_in_the_order_of_their_bytes(kernels, words, data):
    """Any of the words, whatever bytes they share with others or end with."""
    interner = kernels.words.Interner()
    numbers = [interner.number(word) for word in words]
    chosen = data.draw(st.lists(st.sampled_from(numbers), unique=True) if numbers else st.just([]))
    order, text, at = interner.in_order(array("I", chosen))
    assert list(order) == sorted(chosen, key=words.__getitem__)
    assert [bytes(text[a:b]) for a, b in pairwise(at)] == [words[n] for n in order]


@both
@given(text=st.text(" \n\tab\u00a0").map(str.encode))
def test_breaks_are_spaces_and_line_ends(kernels, text):
    """No other white space is one, nor a byte of a letter."""
    assert kernels.words.count_breaks(text) == text.count(b" ") + text.count(b"\n")


# ---- making postings -----------------------------------------------------------------


@st.composite
def word_tables(draw: st.DrawFn) -> tuple[list[list[int]], list[list[tuple[int, int]]], list[int]]:
    """(raw words of each document, (term, offset) of each raw word, widths)."""
    n_words = draw(st.integers(1, 6))
    entries = draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=3),
            min_size=n_words,
            max_size=n_words,
        )
    )
    widths = draw(st.lists(st.integers(0, 3), min_size=n_words, max_size=n_words))
    docs = draw(st.lists(st.lists(st.integers(0, n_words - 1), max_size=8), max_size=5))
    return docs, entries, widths


@both
@given(table=word_tables(), times=st.sampled_from((1, 1, 20)))
def test_invert(kernels, table, times):
    """Tokens come out by term, then document, then as they stood."""
    docs, entries, widths = table
    docs = [words * times for words in docs]  # more than are looked up together
    numbers, doc_at = array("I"), array("Q", [0])
    for words in docs:
        numbers.extend(words)
        doc_at.append(len(numbers))
    term_at, term_of, offsets = array("I", [0]), array("I"), array("I")
    for tokens in entries:
        term_of.extend(term for term, _ in tokens)
        offsets.extend(offset for _, offset in tokens)
        term_at.append(len(term_of))
    expected, lengths = [], []
    for doc, words in enumerate(docs):
        position = 0
        for word in words:
            expected += [(term, doc, position + offset) for term, offset in entries[word]]
            position += widths[word]
        lengths.append(position)
    at, tokens, its_lengths = kernels.writing.invert(
        numbers, doc_at, term_at, term_of, offsets, array("I", widths), 5
    )
    assert list(its_lengths) == lengths
    inverted = [
        (term, token >> 32, token & 0xFFFFFFFF)
        for term in range(5)
        for token in tokens[at[term] : at[term + 1]]
    ]
    assert inverted == sorted(expected, key=lambda token: token[0])


Postings = dict[int, list[int]]


def random_postings(
    rng: np.random.Generator, n_docs: int, freqs: Sequence[int], most: int = 4
) -> list[Postings]:
    """One mapping of document to positions for each document frequency wanted."""
    lists = []
    for freq in freqs:
        docs = np.sort(rng.choice(n_docs, size=min(freq, n_docs), replace=False)).tolist()
        lists.append(
            {
                doc: np.unique(rng.integers(0, 40_000, size=rng.integers(1, most + 1))).tolist()
                for doc in docs
            }
        )
    return lists


def norms_of(rng: np.random.Generator, n_docs: int) -> array[float]:
    return array("d", (0.135 + 0.765 * rng.random(n_docs) * 2.5).tolist())


def names(n: int) -> list[bytes]:
    """Terms in order, some beginning alike, one of two bytes a letter."""
    return sorted(f"{'k' * (i % 3)}ata{i:03}{'é' * (i % 2)}".encode() for i in range(n))


def write(
    kernels: Kernels, norms: array[float], lists: Sequence[Postings], least: int = 4
) -> dict[str, Any]:
    """The columns of a field; every term is given in two goes, as batches may."""
    writer = kernels.writing.ListWriter(norms, least)
    for postings in lists:
        tokens = [(doc, position) for doc, places in postings.items() for position in places]
        together = array("Q", [doc << 32 | position for doc, position in tokens])
        cut = len([token for token in tokens if token[0] <= tokens[len(tokens) // 2][0]])
        writer.add_tokens(together, 0, cut)
        writer.add_tokens(together, cut, len(tokens))
        assert writer.finish() == len(postings)
    return {**term_columns(names(len(lists))), **writer.columns()}


def impact(tf: int, norm: float) -> int:
    """``F.impacts`` of ``searcher.index.layout``."""
    return max(1, int(255.0 * tf / (tf + norm) + 0.5))


EDGES = (1, 255, 256, 257, 600)


@both
@pytest.mark.parametrize("n_docs", EDGES)
@pytest.mark.parametrize("least", [1, 4])
def test_lists_hold_what_was_written(kernels, n_docs, least):
    """Documents, frequencies, positions and impacts, in blocks and in sparse lists."""
    rng = np.random.default_rng(n_docs)
    norms = norms_of(rng, n_docs)
    written = random_postings(rng, n_docs, (1, 3, n_docs // 3 + 1, n_docs, 12, 40))
    written.append({n_docs - 1: list(range(0, 300_000, 1_000))})  # 600 bytes of positions
    columns = write(kernels, norms, written, least)
    lists = kernels.postings.Lists(n_docs, columns)
    assert len(lists) == len(written)
    everything = array("I", range(n_docs))
    for number, postings in enumerate(written):
        assert lists.term(number) == names(len(written))[number]
        assert lists.find(lists.term(number)) == number
        assert lists.doc_freq(number) == len(postings)
        assert list(lists.docs(number)) == list(postings)
        assert list(lists.counts(number)) == [len(places) for places in postings.values()]
        expected = [impact(len(places), norms[doc]) for doc, places in postings.items()]
        assert list(lists.impacts(number)) == expected
        if row := columns["list_at"][number] >> 31:
            row = columns["list_at"][number] & 0x7FFFFFFF
            top = sorted(expected, reverse=True)[9] if len(expected) >= 10 else 0
            assert columns["tops"][row] == top
        for wanted in (everything, array("I", sorted(postings)[::2]), array("I")):
            at, positions = lists.positions(number, wanted)
            found = [list(positions[at[i] : at[i + 1]]) for i in range(len(wanted))]
            assert found == [postings.get(doc, []) for doc in wanted]
            terms = array("i", range(len(written)))
            words = array("i", [term // 2 for term in terms])
            starts, places, whose = lists.standing(terms, words, wanted)
            for i, doc in enumerate(wanted):
                here = range(starts[i], starts[i + 1])
                assert [places[j] for j in here] == sorted(places[j] for j in here)
                assert sorted((places[j], whose[j]) for j in here) == sorted(
                    (p, term // 2) for term in terms for p in written[term].get(doc, ())
                )
        marks = bytearray(n_docs)
        lists.mark(number, marks, 7)
        assert list(marks) == [7 * (doc in postings) for doc in range(n_docs)]
    for word in (b"", b"a", b"kata", b"kkata00", b"zzz", b"ata003\xc3", names(3)[1] + b"x"):
        assert lists.lower_bound(word) == sum(term < word for term in names(len(written)))
        assert (lists.find(word) >= 0) == (word in names(len(written)))


@both
def test_a_position_given_twice_counts_once(kernels):
    """A compound of equal parts must not raise its own frequency."""
    writer = kernels.writing.ListWriter(array("d", [1.0, 1.0]))
    writer.add_tokens(array("Q", [0, 0, 2, 1 << 32]), 0, 4)
    writer.finish()
    lists = kernels.postings.Lists(2, {**term_columns([b"a"]), **writer.columns()})
    assert list(lists.counts(0)) == [2, 1]
    assert list(lists.positions(0, array("I", [0, 1]))[1]) == [0, 2, 0]


@both
@pytest.mark.parametrize("sizes", [(40, 300), (256, 1, 255), (3, 3)])
def test_merged_lists_are_those_of_one_batch(kernels, sizes):
    """Merging segments with deleted documents gives what writing them at once does."""
    rng = np.random.default_rng(sum(sizes))
    alive = [rng.random(size) < 0.7 for size in sizes]
    parts = [random_postings(rng, size, (2, size, size // 2 + 1, 1), most=120) for size in sizes]
    n_docs = int(sum(keep.sum() for keep in alive))
    norms = norms_of(rng, n_docs)
    # Each source has its own words beside some of the others'.
    words = [b"ada", b"beras", b"berasal", b"b\xc3\xa9", b"c", b"cabai"]
    sources, together, base = [], {}, 0
    for keep, postings, size in zip(alive, parts, sizes, strict=True):
        numbers = np.full(len(keep), kernels.writing.GONE, dtype=np.uint32)
        numbers[keep] = base + np.arange(keep.sum())
        base += int(keep.sum())
        its = sorted(rng.choice(len(words), len(postings), replace=False).tolist())
        columns = {
            **write(kernels, norms_of(rng, size), postings),
            **term_columns([words[i] for i in its]),
        }
        sources.append((size, columns, array("I", numbers.tolist())))
        for i, held in zip(its, postings, strict=True):
            for doc, places in held.items():
                if keep[doc]:
                    together.setdefault(words[i], {})[int(numbers[doc])] = places
    merged = kernels.writing.ListWriter(norms, 4)
    terms, term_at, held = merged.merge(sources)
    expected = sorted(together)
    assert [terms[a:b] for a, b in pairwise(term_at)] == expected
    for (_, columns, _), numbers in zip(sources, held, strict=True):
        for t, number in enumerate(numbers):
            term = bytes(columns["terms"][columns["term_at"][t] : columns["term_at"][t + 1]])
            its = expected[number] if number != kernels.writing.GONE else None
            assert its == (term if term in together else None)
    once = write(kernels, norms, [together[term] for term in expected])
    for name, column in merged.columns().items():
        assert list(column) == list(once[name]), name


def test_both_engines_write_the_same_bytes():
    """A column written by machine code is the column that Python writes."""
    if COMPILED is None:
        pytest.skip("the kernels are not compiled here")
    rng = np.random.default_rng(5)
    norms = norms_of(rng, 700)
    written = random_postings(rng, 700, (1, 20, 700, 350), most=90)
    plain, compiled = (write(kernels, norms, written) for kernels in BOTH)
    for name in plain:
        assert bytes(memoryview(plain[name])) == bytes(memoryview(compiled[name])), name


# ---- ranked search -------------------------------------------------------------------


class Query:
    """A random ranked query over written lists, and the answer by counting it out."""

    def __init__(
        self, kernels: Kernels, rng: np.random.Generator, n_docs: int, freqs: Sequence[int]
    ) -> None:
        self.kernels, self.rng, self.n_docs = kernels, rng, n_docs
        norms = norms_of(rng, n_docs)
        written = random_postings(rng, n_docs, freqs)
        self.lists = kernels.postings.Lists(n_docs, write(kernels, norms, written))
        self.held: list[dict[int, int]] = [
            {doc: impact(len(places), norms[doc]) for doc, places in postings.items()}
            for postings in written
        ]

    def draw(self) -> dict[str, Any]:
        """Arguments of ``top_k``."""
        rng = self.rng
        n_terms = len(self.lists)
        made, starts, docs, impacts = [], array("I", [0]), array("I"), bytearray()
        for _ in range(rng.integers(0, 3)):
            held = sorted(rng.choice(self.n_docs, rng.integers(1, self.n_docs + 1), False).tolist())
            values = rng.integers(1, 256, len(held)).tolist()
            made.append(dict(zip(held, values, strict=True)))
            docs.extend(held)
            impacts.extend(values)
            starts.append(len(docs))
        self.all = self.held + made
        bounds, terms, shares = array("i", [0]), array("i"), array("d")
        weights, roles, pooled = array("q"), bytearray(), bytearray()
        for _ in range(rng.integers(1, 6)):
            size = int(rng.choice([0, 1, 1, 1, 2, 4]))
            terms.extend(rng.integers(0, n_terms + len(made), size).tolist())
            is_pooled = size != 1 or rng.random() < 0.3
            shares.extend(rng.choice([1.0, 0.5, 0.35], size).tolist() if is_pooled else [1.0])
            bounds.append(len(terms))
            weights.append(int(rng.choice([1, 3, 1000, 4096 * 5, 4096 * 20])))
            roles.append(int(rng.choice([0, 0, 0, 1, 2])))
            pooled.append(is_pooled)
        mask = None
        if rng.random() < 0.5:
            mask = (rng.random(self.n_docs) < rng.choice([0.1, 0.9])).astype(np.uint8).tobytes()
        return {
            "k": int(rng.choice([1, 3, 10, 50, self.n_docs + 5])),
            "bounds": bounds,
            "terms": terms,
            "shares": shares,
            "weights": weights,
            "roles": bytes(roles),
            "kinds": bytes(pooled),
            "mask": mask,
            "floor": 0,
            "made": (starts, docs, bytes(impacts)) if made else None,
        }

    def counted_out(self, asked: Mapping[str, Any]) -> list[tuple[int, int]]:
        """The formula of ``kernels.postings``, document by document."""
        ratio = self.kernels.postings.ratios()
        answer = []
        for doc in range(self.n_docs):
            if asked["mask"] is not None and not asked["mask"][doc]:
                continue
            total, required, optional = 0, True, False
            for g, role in enumerate(asked["roles"]):
                span = range(asked["bounds"][g], asked["bounds"][g + 1])
                hits = [(i, self.all[asked["terms"][i]].get(doc)) for i in span]
                hits = [(i, its) for i, its in hits if its]
                required &= role != 1 or bool(hits)
                optional |= role == 0 and bool(hits)
                if hits and asked["kinds"][g]:
                    x = 0.0
                    for i, its in hits:
                        x += round(asked["shares"][i] * 2**14) / 2**14 * ratio[its]
                    score = int(255.0 * asked["weights"][g] * (x / (1.0 + x)) + 0.5)
                    total += max(1, score)
                elif hits:
                    total += asked["weights"][g] * hits[0][1]
            if required and (optional or 1 in asked["roles"]) and total >= asked["floor"]:
                answer.append((total, doc))
        return sorted(answer, key=lambda item: (-item[0], item[1]))[: asked["k"]]


@both
@pytest.mark.parametrize("n_docs", EDGES)
def test_top_k_is_what_counting_gives(kernels, n_docs):
    """Blocks skipped and groups looked up late never change an answer, a score or a tie."""
    rng = np.random.default_rng(n_docs)
    query = Query(kernels, rng, n_docs, (1, 5, n_docs // 10 + 1, n_docs // 2 + 1, n_docs, 20))
    for _ in range(300 if kernels.compiled else 25):
        asked = query.draw()
        expected = query.counted_out(asked)
        assert query.lists.top_k(**asked) == expected
        if expected:
            # A floor at some hit's score leaves that hit, and at most cuts the tail.
            floor = expected[rng.integers(len(expected))][0]
            asked["floor"] = floor
            kept = [hit for hit in expected if hit[0] >= floor]
            assert query.lists.top_k(**asked) == kept


@both
@pytest.mark.parametrize("n_docs", [1, 300, 700])
def test_a_wide_group_is_added_up(kernels, n_docs):
    """A word of sixty forms, as a short prefix is one: the same formula by another way."""
    rng = np.random.default_rng(n_docs)
    query = Query(kernels, rng, n_docs, (1, 5, n_docs // 10 + 1, n_docs // 2 + 1, n_docs))
    for _ in range(60 if kernels.compiled else 5):
        asked = query.draw()
        asked["bounds"] = array("i", [0, 60])
        asked["terms"] = array("i", rng.integers(0, len(query.all), 60).tolist())
        asked["shares"] = array("d", rng.choice([1.0, 0.5, 0.01], 60).tolist())
        asked["weights"] = asked["weights"][:1]
        asked["roles"], asked["kinds"] = bytes([rng.integers(0, 2)]), b"\1"
        assert query.lists.top_k(**asked) == query.counted_out(asked)


@both
def test_the_best_of_several_segments(kernels):
    """Blocks of all segments are visited in one order; the answer is each one's, merged."""
    rng = np.random.default_rng(7)
    segments = [
        Query(kernels, rng, n_docs, (1, 5, n_docs // 10 + 1, n_docs // 2 + 1, n_docs))
        for n_docs in (1, 700, 300, 256)
    ]
    roles = bytes(rng.choice([0, 0, 0, 1, 2], 60).tolist())
    for _ in range(200 if kernels.compiled else 12):
        asked = [query.draw() for query in segments]
        n_groups = int(rng.choice([1, 1, 2, 3]))
        weights = array("q", rng.choice([1, 3, 4096 * 5], n_groups).tolist())
        pooled = bytes([1] * n_groups)
        searches, masks, expected = [], [], []
        k = int(rng.choice([1, 10, 50, 2000]))
        for number, (query, its) in enumerate(zip(segments, asked, strict=True)):
            size = int(rng.choice([1, 4, 20]))
            ends = range(0, n_groups * size + 1, size)
            its |= {
                "k": query.n_docs,
                "bounds": array("i", ends),
                "terms": array("i", rng.integers(0, len(query.all), ends[-1]).tolist()),
                "shares": array("d", rng.choice([1.0, 0.5], ends[-1]).tolist()),
                "weights": weights,
                "roles": roles[:n_groups],
                "kinds": pooled,
            }
            expected += [(score, number, doc) for score, doc in query.counted_out(its)]
            masks.append(its["mask"])
            names = ("bounds", "terms", "shares", "weights", "roles", "kinds")
            search = kernels.postings.Search(
                query.lists, *(its[name] for name in names), made=its["made"]
            )
            searches.append(search)
        expected.sort(key=lambda hit: (-hit[0], *hit[1:]))
        assert kernels.postings.best_of(searches, k, masks, 1.0) == expected[:k]
        roles = roles[1:] + roles[:1]


@pytest.mark.skipif(COMPILED is None, reason="plain Python would take minutes")
def test_top_k_of_many_blocks():
    """Twenty blocks: most are never looked at, and the answer is the same."""
    rng = np.random.default_rng(20)
    query = Query(COMPILED, rng, 5_000, (1, 30, 400, 1_500, 5_000, 90, 90, 2_500))
    for _ in range(40):
        asked = query.draw()
        asked["k"] = int(rng.choice([1, 10, 300]))
        assert query.lists.top_k(**asked) == query.counted_out(asked)


@both
def test_equal_scores_keep_document_order(kernels):
    """Of a thousand equal documents the first ones are returned, first one first."""
    columns = write(kernels, array("d", [0.5] * 1000), [{doc: [0] for doc in range(1000)}])
    lists = kernels.postings.Lists(1000, columns)
    found = lists.top_k(
        3, array("i", [0, 1]), array("i", [0]), array("d", [1.0]), array("q", [9]), b"\0", b"\0"
    )
    assert [doc for _, doc in found] == [0, 1, 2]


@both
def test_nothing_asked_or_nothing_there(kernels):
    """No group, k of 0, an empty segment: no answer and no failure."""
    none = array("i", [0]), array("i"), array("d"), array("q"), b"", b""
    lists = kernels.postings.Lists(1, write(kernels, array("d", [1.0]), [{0: [0]}]))
    assert lists.top_k(10, *none) == []
    assert lists.top_k(0, *none) == []
    empty = kernels.postings.Lists(0, write(kernels, array("d"), []))
    assert empty.top_k(10, *none) == []
    assert empty.find(b"kata") == -1
    assert empty.lower_bound(b"kata") == 0


# ---- where words stand ---------------------------------------------------------------


@st.composite
def placed_words(draw: st.DrawFn) -> tuple[int, list[tuple[int, list[list[int]]]]]:
    """(documents, (word, positions in each document) of every form)."""
    n_docs = draw(st.integers(0, 4))
    places = st.lists(st.integers(0, 200), max_size=5, unique=True).map(sorted)
    form = st.tuples(st.integers(0, 3), st.lists(places, min_size=n_docs, max_size=n_docs))
    return n_docs, draw(st.lists(form, max_size=6))


@both
@given(
    data=placed_words(),
    pairs=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4)), max_size=4),
    window=st.integers(1, 90),
    lead=st.integers(0, 80),
)
def test_second_stage_sums(kernels, data, pairs, window, lead):
    """Pairs, window and lead are the sums that their description says."""
    n_docs, found = data
    weights, fronts = [4.0, 2.0, 1.0, 0.5], [3.0, 0.25, 1.0, 2.0]
    pair_weights = [2.0**-n for n in range(len(pairs))]
    tokens_of = [
        sorted((p, word) for word, places in found for p in places[doc]) for doc in range(n_docs)
    ]
    sums = kernels.proximity.proximity(
        array("I", accumulate(map(len, tokens_of), initial=0)),
        array("I", [p for tokens in tokens_of for p, _ in tokens]),
        array("i", [word for tokens in tokens_of for _, word in tokens]),
        array("d", weights),
        array("d", fronts),
        array("i", [value for pair in pairs for value in pair]),
        array("d", pair_weights),
        window,
        lead,
    )
    for doc, tokens in enumerate(tokens_of):
        near = sum(
            weight
            for (left, right, distance), weight in zip(pairs, pair_weights, strict=True)
            if any(
                a == left and b == right and p < q <= p + distance
                for p, a in tokens
                for q, b in tokens
            )
        )
        inside = [
            sum(weights[word] for word in {w for q, w in tokens if p <= q < p + window})
            for p, _ in tokens
        ]
        front = sum(fronts[word] for word in {w for p, w in tokens if p < lead})
        assert [its[doc] for its in sums] == [near, max(inside, default=0.0), front]


# ---- spelling ------------------------------------------------------------------------

short = st.text("abé", max_size=6).map(str.encode)
vocabularies = st.lists(short, unique=True, max_size=30).map(sorted)


def edits(a: bytes, b: bytes) -> int:
    """Levenshtein's distance in bytes, by its table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@both
@given(terms=vocabularies, word=short, distance=st.integers(0, 3), prefix=st.integers(0, 3))
def test_words_within_a_distance(kernels, terms, word, distance, prefix):
    """Terms skipped together were all too far."""
    columns = term_columns(terms)
    found = kernels.spelling.within(columns["terms"], columns["term_at"], word, distance, prefix)
    fixed = word[:prefix]
    expected = [
        (n, edits(term, word))
        for n, term in enumerate(terms)
        if edits(term, word) <= distance and term[: len(fixed)] == fixed
    ]
    assert found == expected


@both
@given(
    terms=vocabularies,
    pattern=st.text("abé*?", max_size=7),
    ends=st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_words_like_a_pattern(kernels, terms, pattern, ends):
    columns = term_columns(terms)
    wanted = pattern.encode().replace(b"*", b"\xff").replace(b"?", b"\xfe")
    found = kernels.spelling.like(columns["terms"], columns["term_at"], wanted, *ends)
    matches = re.compile(pattern.replace("*", ".*").replace("?", ".")).fullmatch
    assert found == [
        n for n, term in enumerate(terms) if ends[0] <= n < ends[1] and matches(term.decode())
    ]


class Counted:
    """Terms with how many documents hold each, as much of ``Lists`` as is asked of them."""

    def __init__(self, freqs: Mapping[bytes, int]) -> None:
        self.terms = sorted(freqs)
        self.freqs = freqs

    def __len__(self) -> int:
        return len(self.terms)

    def term(self, number: int) -> bytes:
        return self.terms[number]

    def doc_freq(self, number: int) -> int:
        return self.freqs[self.terms[number]]

    def find(self, term: bytes) -> int:
        return self.terms.index(term) if term in self.freqs else -1


@both
@given(
    segments=st.lists(
        st.dictionaries(st.text("abc", min_size=3, max_size=9), st.integers(1, 3), max_size=20),
        max_size=3,
    ),
    word=st.text("abc", max_size=9),
    least=st.sampled_from([0.1, 0.35, 0.6]),
    most=st.sampled_from([0, 1, 2, 5, 100]),
    per_bucket=st.sampled_from([1, 4, 64]),
)
def test_nearest_spellings(kernels, segments, word, least, most, per_bucket):
    """The best by Dice's coefficient over the five-letter pieces of both words, whatever
    segments the terms are in."""
    pieces = kernels.spelling.pieces
    spellings, freqs = [], Counter()
    for segment in segments:
        held = {term.encode(): freq for term, freq in segment.items()}
        columns = term_columns(sorted(held))
        text, at = columns["terms"], columns["term_at"]
        listed = kernels.spelling.by_piece(text, at, per_bucket)
        columns = (listed["at"], listed["terms"], text, at)
        spellings.append(kernels.spelling.Spellings(Counted(held), *columns))
        freqs.update(segment)
    wanted = pieces(word.encode())
    expected = []
    for term, freq in freqs.items():
        shared = len(set(pieces(term.encode())) & set(wanted))
        dice = 2.0 * shared / max(1, len(wanted) + len(term) - 2)
        if shared and dice >= least and term != word:
            expected.append((term, dice, freq))
    expected.sort(key=lambda found: (-found[1], -found[2], found[0]))
    assert kernels.spelling.nearest(spellings, word.encode(), least, most) == expected[:most]


# ---- affixes -------------------------------------------------------------------------


class Terms(list[bytes]):
    """The terms of a segment, as a kernel asks for them."""

    def term(self, number: int) -> bytes:
        return self[number]


roots_of_words = st.sampled_from(("tulis", "sapu", "rencana", "ajar", "bom", "unggah", "kota"))
beginnings = st.sampled_from(
    ("", "me", "men", "meng", "peng", "mem", "di", "ber", "per", "ke", "se")
)
endings = st.sampled_from(("", "kan", "an", "i", "nya", "ku", "lah", "annya"))
affixed = st.builds(
    lambda *parts: "".join(parts), beginnings, beginnings, roots_of_words, endings, endings
)


@both
@given(affixed | st.text("aeimngyklrpstjb", max_size=14) | st.text(max_size=8))
def test_affixes_come_off_as_the_rules_say(kernels, word):
    assert kernels.affixes.Affixes(affixes).candidates(word) == list(affixes.candidates(word))


@both
@given(
    st.dictionaries(
        affixed | st.text("abm-2é", min_size=1, max_size=9) | st.text(min_size=1, max_size=5),
        st.integers(1, 9),
        min_size=1,
    ),
    st.dictionaries(roots_of_words | affixed, roots_of_words | affixed, max_size=5),
)
def test_words_not_kept_are_their_own_root(kernels, vocabulary, lemmas):
    rules = Roots(lemmas=lemmas)
    terms = Terms(word.encode("utf-8", "replace") for word in vocabulary)
    counts = {term.decode(): count for term, count in zip(terms, vocabulary.values(), strict=True)}
    kept = kernels.affixes.Affixes(affixes).keep(
        terms, rules.listed, lambda word: counts.get(word, 0), SHORTEST_AFFIXED,
        SHORTEST_UNLISTED, COMMON,
    )  # fmt: skip
    assert all(terms[number].decode() == term for number, term in kept)
    assert set(rules.roots(counts)) <= {term for _, term in kept}


# ---- families ------------------------------------------------------------------------

COUNT = st.sampled_from([0, 3, 254, 255, 256, 1000])
USE = st.tuples(st.integers(1, 3), COUNT, COUNT)


@both
@given(
    segments=st.lists(
        st.dictionaries(short, st.tuples(USE, st.none() | short), max_size=12), max_size=3
    ),
    asked=short,
)
def test_what_segments_know_of_a_word(kernels, segments, asked):
    """Uses are added up over segments, families united; the first segment's root counts."""
    families = []
    uses: dict[str, tuple[int, ...]] = {}
    kin: dict[str, tuple[int, ...]] = {}  # where they have the root that is asked for
    root = None
    for segment in segments:
        terms = sorted(segment)
        columns: dict[str, Any] = {}
        for at, name in ((1, "capitals"), (2, "mids")):
            counts = [segment[term][0][at] for term in terms]
            large = [n for n, count in enumerate(counts) if count >= 255]
            columns[f"text.{name}"] = bytes(min(count, 255) for count in counts)
            columns[f"text.{name}.large_at"] = array("I", large)
            columns[f"text.{name}.large"] = array("I", [counts[n] for n in large])
        of = {term: its for term, (_, its) in segment.items() if its not in (None, term)}
        roots = sorted(set(of.values()))
        rooted = [[terms.index(t) for t in terms if of.get(t) == one] for one in roots]
        names = term_columns(roots)
        file = {
            "roots": names["terms"],
            "root_at": names["term_at"],
            "forms": array("I", [number for its in rooted for number in its]),
            "form_at": array("I", [sum(map(len, rooted[:n])) for n in range(len(roots) + 1)]),
            "members": array("I", [n for n, term in enumerate(terms) if term in of]),
            "member_roots": array("I", [roots.index(of[term]) for term in terms if term in of]),
        }
        lists = Counted({term: use[0] for term, (use, _) in segment.items()})
        families.append(kernels.families.Families(lists, columns, file if of else None))
        for term, (use, _) in segment.items():
            for counted in (uses, kin) if asked in (term, of.get(term)) else (uses,):
                before = counted.get(term.decode(), (0, 0, 0))
                counted[term.decode()] = tuple(a + b for a, b in zip(before, use, strict=True))
        if asked in segment and root is None:
            root = of.get(asked, asked).decode()
    word = asked.decode()
    assert kernels.families.known(families, asked) == (*uses.get(word, (0, 0, 0)), root)
    forms = kernels.families.forms(families, asked)
    assert list(forms.items()) == sorted(kin.items())


@both
@given(st.lists(st.dictionaries(short, st.integers(1, 3), max_size=6), max_size=3), st.data())
def test_terms_of_several_segments_are_counted_together(kernels, segments, data):
    chosen, expected = [], Counter()
    for segment in segments:
        lists = Counted(segment)
        numbers = sorted(data.draw(st.sets(st.integers(0, 5)))) if segment else []
        numbers = [number for number in numbers if number < len(lists)]
        chosen.append((lists, numbers))
        for number in numbers:
            expected[lists.term(number).decode()] += lists.doc_freq(number)
    assert list(kernels.families.counted(chosen).items()) == sorted(expected.items())


PASSAGE_TEXTS = st.lists(
    st.text(
        alphabet=st.sampled_from("aAbBeErR19-.'’é“?&, \n\u00a0\u2003\u3000"),
        min_size=0,
        max_size=14,
    ),
    max_size=12,
).map(" ".join)


def proposed_by_force(
    text: str, needles: list[tuple[bytes, bool]], signs: bytes, dashes: bool
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """``Proposer`` by looking at every place of every word."""

    def kind(at: int) -> str:
        char = text[at : at + 1] if at >= 0 else ""
        if not char or not char.isascii() or not char.isalnum():
            return ""
        return "digit" if char.isdigit() else "upper" if char.isupper() else "lower"

    def alone(start: int, end: int) -> bool:
        edges = ((start - 1, start), (end - 1, end))
        return not any(kind(left) and kind(left) == kind(right) for left, right in edges)

    def strange(at: int) -> bool:
        char = text[at]
        inside = bool(kind(at - 1) and kind(at + 1))
        if not char.isascii():
            return inside or char not in "‘’“”–—…"
        if char == "-" and inside and not dashes:
            return not (kind(at - 2) and kind(at + 2)) and b"-"[0] in signs
        return inside and (char == "?" or ord(char) in signs)

    folded = "".join(char.lower() if char.isascii() else char for char in text)
    found, unusual = set(), set()
    for match in re.finditer(r"\S+", text):
        begin, end = match.span()
        for needle, lonely in needles:
            for at in range(begin, end):
                here = folded[at:end].startswith(needle.decode())
                if here and (not lonely or alone(at, at + len(needle))):
                    found.add((begin, end))
        if any(strange(at) for at in range(begin, end)):
            unusual.add((begin, end))
    return found, unusual


@both
@given(
    texts=st.lists(PASSAGE_TEXTS, max_size=3),
    needles=st.lists(
        st.tuples(
            st.sampled_from([b"a", b"ab", b"aber", b"rr", b"1", b"19", b"e-"]), st.booleans()
        ),
        max_size=4,
    ),
    signs=st.sampled_from([b"'.&-", b"-,.", b""]),
    dashes=st.booleans(),
)
@settings(max_examples=300)
def test_words_that_may_answer_are_proposed(kernels, texts, needles, signs, dashes):
    proposer = kernels.matching.Proposer(needles, signs, dashes)
    proposed = proposer.propose([text.encode() for text in texts])
    for text, its in zip(texts, proposed, strict=True):
        expected = proposed_by_force(text, needles, signs, dashes)
        for bounds, words in zip(its, expected, strict=True):
            assert list(zip(bounds[::2], bounds[1::2], strict=True)) == sorted(words)


@both
def test_a_text_may_end_in_half_a_character(kernels):
    """What stands in a damaged index is read to its end and no further."""
    proposer = kernels.matching.Proposer([(b"a", False)], b".", False)
    for cut in (b"a\xe2", b"a\xe2\x80", b"\x80\x80a", b"\xff", b"a.", b""):
        assert len(proposer.propose([cut, cut])) == 2


@both
@given(nasty)
def test_a_text_is_split_where_python_splits_it(kernels, text):
    bounds = kernels.matching.split(text)
    words = [text[begin:end] for begin, end in zip(bounds[::2], bounds[1::2], strict=True)]
    assert words == text.split()


Occurrences = list[tuple[int, int, int, float]]


def as_arrays(occurrences: Occurrences) -> tuple[tuple[array, ...], int]:
    """Occurrences as the kernels hand them on, and one more that does not count."""
    columns = zip(*occurrences, (0, 0, 0, 0.0), strict=True)
    arrays = tuple(array(code, column) for code, column in zip("qqid", columns, strict=True))
    return arrays, len(occurrences)


def best_window_by_force(occurrences: Occurrences, width: int, shown: set[int]) -> Occurrences:
    """The stretch that shows most, by trying all."""
    worth = {word: 0.0 for _, _, word, _ in occurrences}
    for _, _, word, weight in occurrences:
        if word not in shown:
            worth[word] = max(worth[word], weight)

    def value(inside: Occurrences) -> float:
        total = sum(worth[word] for word in {word for _, _, word, _ in inside})
        total += sum(0.1 * weight for *_, weight in inside)
        for before, after in pairwise(inside):
            if before[2] != after[2]:
                gap = max(0, after[0] - before[1])
                total += min(before[3], after[3]) / 3 / (1 + gap / 16)
        return total

    # Of stretches that end at the same word, only the longest that fits is looked at.
    best, most = occurrences[:1], 0.0
    for last in range(1, len(occurrences) + 1):
        end = occurrences[last - 1][1]
        first = next(i for i in range(last) if end - occurrences[i][0] <= width or i == last - 1)
        if value(occurrences[first:last]) > most + 1e-9:
            best, most = occurrences[first:last], value(occurrences[first:last])
    return best


def passages_by_force(
    body: str, occurrences: Occurrences, width: int, parts: int
) -> tuple[list[tuple[int, int, bool, bool]], set[int]]:
    """Up to ``parts`` passages, the best first, and the words in them."""
    chosen: list[tuple[int, int, bool, bool]] = []
    shown: set[int] = set()
    while len(chosen) < parts and occurrences:
        window = best_window_by_force(occurrences, width, shown)
        if chosen and {word for _, _, word, _ in window} <= shown:
            break
        first, last = window[0][0], max(end for _, end, _, _ in window)
        floor = max((its[1] for its in chosen if its[1] <= first), default=0)
        ceiling = min((its[0] for its in chosen if its[1] > first), default=len(body))
        passage = PLAIN.passages._cut(
            body, first, last, width, floor, ceiling, ends_with_a_stop, lambda *its: its[2]
        )
        chosen.append(passage)
        start, end = passage[:2]
        shown.add(window[0][2])
        shown |= {word for a, b, word, _ in occurrences if start <= a and b <= end}
        occurrences = [o for o in occurrences if o[1] <= start or o[0] >= end]
    return chosen, shown


def snippet_by_force(
    body: str, occurrences: Occurrences, width: int, most: int
) -> tuple[str, list[str]]:
    """The text of a snippet, and those of its marked ranges."""
    best: list[tuple[int, int, bool, bool]] = []
    best_shown: set[int] = set()
    for parts in range(1, max(1, min(most, width // 40)) + 1):
        chosen, shown = passages_by_force(body, occurrences, width // parts, parts)
        if len(shown) > len(best_shown):
            best, best_shown = chosen, shown
        if shown == {word for _, _, word, _ in occurrences}:
            break
    text, marked, previous = "", [], None
    for start, end, opens, _ in sorted(best):
        if previous is None:
            text += "" if opens else "… "
        else:
            text += " " if body[previous:start].isspace() else " … "
        ranges: list[list[int]] = []
        for begins, ends, word, _ in occurrences:
            if not start <= begins < end or (ends > end and word < 0):
                continue
            between = body[ranges[-1][1] : begins] if ranges else ""
            if ranges and (begins <= ranges[-1][1] or re.fullmatch(r"[^\s\w]|_", between)):
                ranges[-1][1] = max(ranges[-1][1], min(ends, end))
            else:
                ranges.append([begins, min(ends, end)])
        text += re.sub(r"\s+", " ", body[start:end])
        marked += [re.sub(r"\s+", " ", body[a:b]) for a, b in ranges]
        previous = end
    return text + ("" if sorted(best)[-1][3] else " …"), marked


class RawWord(str):
    """A raw word that ends a sentence by its full stop."""

    @property
    def ends_sentence(self) -> bool:
        return self.endswith((".", "?"))


ends_with_a_stop = RawWord


@both
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from([" ", ". ", "-", "–", "\n", " \u3000 ", " ia é. Lalu ", "? Dan "]),
            st.integers(0, 6),
            st.text("abAé’", min_size=1, max_size=9),
            st.integers(-2, 3),
            st.sampled_from([0.5, 1.0, 3.0]),
        ),
        min_size=1,
        max_size=14,
    ),
    tail=st.sampled_from(["", ".", " aku", "\n\nAku itu. Dan lagi \n"]),
    width=st.integers(12, 150),
    most=st.integers(1, 4),
)
@settings(max_examples=300)
def test_what_is_shown_is_the_best_of_all(kernels, steps, tail, width, most):
    """Passages are chosen, cut, joined and marked as by looking at every stretch."""
    body, occurrences = "", []
    for gap, times, surface, word, weight in steps:
        body += gap + "kata kita " * times
        start = len(body)
        body += surface
        # A phrase reaches back over the words before it, as far as it likes.
        if word < 0 and occurrences:
            start = occurrences[-1][0]
        occurrences.append((start, len(body), word, weight))
    occurrences = sorted(set(occurrences))
    body += tail
    passages = kernels.passages.Passages(ends_with_a_stop, lambda *its: its[2], 0.1, 1 / 3, 40)
    for _ in range(2):  # what is left of a text does not matter to the next
        text, ranges = passages.show(body, *as_arrays(occurrences), width, most)
        expected, marked = snippet_by_force(body, occurrences, width, most)
        assert (text, [text[start:end] for start, end in ranges]) == (expected, marked)
    whole = passages.ranges(body, *as_arrays(occurrences))
    assert all(a < b for a, b in whole)
    assert all(b < c for (_, b), (c, _) in pairwise(whole))


@both
def test_more_occurrences_than_there_was_room_for(kernels):
    passages = kernels.passages.Passages(ends_with_a_stop, None, 0.1, 1 / 3, 40)
    body = "beras naik " * 200
    occurrences = [(11 * i, 11 * i + 5, i % 90, 1.0) for i in range(200)]
    text, ranges = passages.show(body, *as_arrays(occurrences), 110, 2)
    assert len(ranges) == 10
    assert {text[a:b] for a, b in ranges} == {"beras"}


class Piece(NamedTuple):
    """A term of a raw word, as the analyzer tells it."""

    term: str
    position: int
    start: int
    end: int
    kind: str


def cut_at_signs(raw: str) -> tuple[str, tuple[Piece, ...], int]:
    """A raw word, its letters and digits as terms, each at a position of its own."""
    runs = list(re.finditer(r"\w+", raw))
    pieces = [Piece(m[0].lower(), at, *m.span(), "word") for at, m in enumerate(runs)]
    return raw, tuple(pieces), len(runs)


@both
@given(
    pages=st.lists(st.lists(PASSAGE_TEXTS, max_size=3), min_size=1, max_size=3),
    terms=st.dictionaries(
        st.sampled_from(["a", "ab", "aber", "rr", "1", "19", "é"]),
        st.tuples(st.integers(0, 2), st.sampled_from([0.5, 1.0])),
        max_size=4,
    ),
    prefix=st.sampled_from(["", "ab"]),
    pattern=st.sampled_from(["", "b.r"]),
    wanted=st.sets(st.integers(0, 3)),
)
@settings(max_examples=200)
def test_what_the_words_of_a_text_answer(kernels, pages, terms, prefix, pattern, wanted):
    """Proposed words answer, and unusual ones where a wanted query word is still missing;
    whatever was looked at before."""
    prefixes = ((prefix, 1, 0.7),) if prefix else ()
    patterns = ((re.compile(pattern).fullmatch, 2, 0.3),) if pattern else ()

    def answers(raw: str) -> Occurrences:
        _, pieces, _ = cut_at_signs(raw)
        best: dict[int, float] = {}
        spans: dict[int, tuple[int, int]] = {}
        for piece in pieces:
            its = [terms[piece.term]] if piece.term in terms else []
            its += [answer for start, *answer in prefixes if piece.term.startswith(start)]
            its += [answer for test, *answer in patterns if test(piece.term)]
            for number, weight in its:
                if weight > best.get(number, 0.0):
                    best[number] = weight
                    spans[number] = (piece.start, piece.end)
        return [(*spans[number], number, weight) for number, weight in best.items()]

    needles = [(term.encode(), False) for term in (*terms, "ab", "b") if term.isascii()]
    proposer = kernels.matching.Proposer(needles, b"'.&-", True)
    matcher = kernels.matching.Matcher(proposer, cut_at_signs, terms, prefixes, patterns, wanted)
    for texts in pages:
        encoded = [text.encode() for text in texts]
        matcher.look(encoded)
        for place, (text, (proposed, unusual)) in enumerate(
            zip(texts, proposer.propose(encoded), strict=True)
        ):
            assert matcher.bounds(place, False) == proposed
            assert matcher.bounds(place, True) == unusual

            def of(bounds: list[int], text: str = text) -> set[tuple[int, int, int, float]]:
                return {
                    (begin + start, begin + end, number, weight)
                    for begin, behind in zip(bounds[::2], bounds[1::2], strict=True)
                    for start, end, number, weight in answers(text[begin:behind])
                }

            more = bool(unusual) and not wanted <= {hit[2] for hit in of(proposed)}
            assert matcher.answers(place) == more
            expected = of(proposed) | (of(unusual) if more else set())
            assert occurrences_of(matcher) == sorted(expected)
            bounds = kernels.matching.split(text)
            matcher.answers_of(text, bounds)
            assert occurrences_of(matcher) == sorted(of(bounds))
            matcher.add([(0, 3, -1, 2.0), (0, 3, -1, 2.0)])
            matcher.move(7)
            moved = {(a + 7, b + 7, *its) for a, b, *its in {*of(bounds), (0, 3, -1, 2.0)}}
            assert occurrences_of(matcher) == sorted(moved)
        matcher.rest()


def occurrences_of(matcher: Any) -> Occurrences:
    return list(zip(*(column[: matcher.n] for column in matcher.found), strict=True))


@both
def test_a_matcher_meets_more_words_than_it_remembers(kernels):
    terms = {f"kata{i}": (i % 7, 1.0) for i in range(0, 1000, 3)}
    proposer = kernels.matching.Proposer([(b"kata", False)], b".", False)
    matcher = kernels.matching.Matcher(proposer, cut_at_signs, terms, (), (), ())
    for first in (0, 400, 0, 900):
        words = [f"Kata{i}" for i in range(first, first + 100)] * 2
        matcher.look([" ".join(words[:100]).encode(), " ".join(words[50:]).encode()])
        for place, its in enumerate((words[:100], words[50:])):
            matcher.answers(place)
            numbers = [number for _, _, number, _ in occurrences_of(matcher)]
            # A needle proposes a hundred words of a text.
            assert numbers == [terms[w.lower()][0] for w in its[:100] if w.lower() in terms]
        matcher.rest()
