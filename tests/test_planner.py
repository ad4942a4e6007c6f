"""What planners remember changes no plan."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.article import Article
from searcher.index.snapshot import Snapshot
from searcher.index.writer import Writer
from searcher.query.planner import Lately, Planner, PlannerMemory
from searcher.query.ranking import ranking

BODIES = [
    "Kementerian Pertanian mengekspor beras. Menteri berharap ekspor dan eksportir bertambah.",
    "Eksportir beras di Medan: harga beras, perberasan dan pertanian anak-anak petani.",
    "Bank Indonesia (BI) menahan suku bunga. Menurut BI, bunga ditahan. Pertaniannya tumbuh.",
    "Petani bertani di pertanian; kementrian mengeksport. Anak petani menanam padi.",
]
WORDS = sorted({word.strip(".,:;()") for body in BODIES for word in body.split()})


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """An index of two segments."""
    directory: Path = tmp_path_factory.mktemp("index")
    for bodies in (BODIES[:2], BODIES[2:]):
        with Writer(directory) as writer:
            for body in bodies:
                writer.add(Article(id=body[:9], title=body[:20], body=body))
    return Snapshot(directory)


#: Words of the articles, and such words with a slip.
typed = st.one_of(
    st.sampled_from(WORDS),
    st.builds(lambda word, at: word[:at] + word[at + 1 :], st.sampled_from(WORDS), st.integers(1)),
).filter(bool)
settings_ = st.sampled_from(
    [{}, {"near_spelling_terms": 2}, {"families": False}, {"family_weight": 0.0}]
)


@given(asked=st.lists(st.tuples(st.lists(typed, min_size=1, max_size=4), settings_), max_size=8))
def test_what_was_asked_before_changes_no_plan(snapshot, asked):
    """A memory that remembers, and forgets, gives what an empty one gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lately, "LIMIT", 3)
        memory = PlannerMemory(snapshot)
        for words, options in asked:
            chosen = ranking("default", options)
            plan = Planner(snapshot, chosen, memory).plan_words(words)
            assert plan == Planner(snapshot, chosen, PlannerMemory(snapshot)).plan_words(words)


@given(st.lists(st.integers(0, 9)))
def test_the_last_keys_are_remembered(keys):
    """The last ``LIMIT`` different ones always, twice as many at most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lately, "LIMIT", 3)
        lately: Lately[int, int] = Lately()
        for n, key in enumerate(keys):
            recent = list(dict.fromkeys(reversed(keys[:n])))
            found = lately.get(key)
            assert found == key * key or (found is None and key not in recent[:3])
            assert found is None or key in recent[:6]
            if found is None:
                lately.put(key, key * key)
