"""A small index that has a file of every kind, for damaging."""

from __future__ import annotations

from pathlib import Path
from random import Random

from searcher.index import manifest
from searcher.index.writer import Writer

from .model import Model, article, change


def build(directory: Path, articles: int = 40) -> Model:
    """Two segments, deletions in the first, word families, a dictionary, a catalogue."""
    rng = Random(11)
    model: Model = {f"a{n}": n for n in range(articles)}
    with Writer(directory, fresh=True) as writer:
        for article_id, version in model.items():
            writer.add(article(article_id, version))
    with Writer(directory) as writer:
        change(rng, model, writer, articles)
        writer.catalogue = {"files": {f"berita-{n}.txt": [n, n, None] for n in range(30)}}
    return model


def files(directory: Path) -> list[Path]:
    """The files of an index, the manifest among them."""
    names = sorted(manifest.load(directory).files() | {manifest.NAME})
    return [directory / name for name in names]
