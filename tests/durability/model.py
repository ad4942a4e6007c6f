"""What an index should hold, kept beside it as a plain dict, and whether it does.

Article ``id`` at ``version`` has a text that follows from the two, so that an index can be
compared with ``{id: version}`` to the last letter. Every article says *umum*, and one word
that no other article or version says.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from searcher import Article, open_index
from searcher.index import check, manifest

Model = dict[str, int]

_WORDS = ("harga", "beras", "naik", "turun", "pasar", "kota", "desa", "petani", "hujan", "panen")


def article(article_id: str, version: int) -> Article:
    rng = Random(f"{article_id} {version}")
    words = rng.choices(_WORDS, k=rng.randrange(5, 60))
    return Article(
        id=article_id,
        title=f"Kabar {article_id}",
        body=f"umum {own_word(article_id, version)} {' '.join(words)}.",
        place=rng.choice(["Medan", "Ambon", "Solo"]),
    )


def own_word(article_id: str, version: int) -> str:
    return f"kata{article_id}v{version}z"


def change(rng: Random, model: Model, writer: Any, n_ids: int = 30) -> None:
    """A few random additions, updates and deletions, the same in both."""
    for _ in range(rng.randrange(1, 12)):
        article_id = f"a{rng.randrange(n_ids)}"
        if rng.random() < 0.3:
            assert writer.delete(article_id) == (model.pop(article_id, None) is not None)
        else:
            model[article_id] = version = rng.randrange(1_000_000)
            writer.add(article(article_id, version))


def held(directory: Path) -> Model:
    """What the index holds; fails if it is damaged or disagrees with itself."""
    assert check.problems(directory) == []
    index = open_index(directory)
    model: Model = {}
    for found in index.articles():
        version = int(found.body.split()[1].split("v")[-1].rstrip("z"))
        assert found == article(found.id, version), "an article is not as it was given"
        assert found.id not in model, "an article is there twice"
        model[found.id] = version
    assert len(index) == len(model)
    hits = index.search("umum", limit=len(model) + 1, profile="plain")
    assert sorted(hit.id for hit in hits) == sorted(model)
    assert hits.total == len(model)
    for article_id in list(model)[:3]:
        word = own_word(article_id, model[article_id])
        ids = [hit.id for hit in index.search(word, profile="plain")]
        assert ids == [article_id], f"{word} finds {ids}: {index.explain_plan(word, 'plain')}"
        assert index.get(article_id).id == article_id
    return model


def leftovers(directory: Path) -> set[str]:
    """Files in the directory that do not belong to the index."""
    names = {path.name for path in directory.iterdir()}
    return names - manifest.load(directory).files() - {manifest.NAME, "lock", "pulse"}
