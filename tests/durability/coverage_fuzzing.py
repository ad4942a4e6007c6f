"""Inputs that reach new code, by atheris: anything but our own errors ends the run.

``python -m tests.durability.coverage_fuzzing TARGET DIRECTORY [libFuzzer's options]`` with
TARGET one of ``query``, ``file``, ``config`` and ``index``; works in DIRECTORY.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

if __name__ == "__main__":
    # Before anything of ours is imported: what was not instrumented counts as one place.
    from importlib import import_module
    from pkgutil import iter_modules

    import atheris

    with atheris.instrument_imports(include=["searcher", "yaml"], enable_loader_override=False):
        # Many of them are otherwise imported when first needed.
        for name in ("backends.embedded", "config", "index.writer", "query.parser", "render"):
            import_module(f"searcher.{name}")
        for module in iter_modules(import_module("searcher.formats").__path__):
            import_module(f"searcher.formats.{module.name}")
        import_module("yaml")

from searcher import Article, create_index, render
from searcher.config import load
from searcher.errors import SearcherError
from searcher.formats import FORMATS, Reader
from searcher.index import manifest

from .fuzzing import ask, forge
from .samples import build, files

Target = Callable[[bytes], None]


def query(directory: Path) -> Target:
    """Parse, plan, run and show any text as a query."""
    index = create_index(directory / "index")
    with index.writer() as writer:
        for n in range(8):
            writer.add(Article(id=f"a{n}", title="Harga beras", body=f"umum pasar {n} anak-anak."))

    def run(data: bytes) -> None:
        results = index.search(data.decode("utf-8", "surrogateescape"), facets=("source",))
        assert results.total <= 8
        render.as_json(results)
        render.as_html(results)
        render.as_text(results, color=False, width=80)

    return run


def file(directory: Path) -> Target:
    """Read any bytes as an article file; the first byte chooses its suffix."""
    suffixes = sorted({suffix for form in FORMATS for suffix in form.suffixes} | {".jsonl.gz"})
    reader = Reader({"bounds": {"whole": 1 << 20, "collection": 1 << 20, "line": 1 << 18}})

    def run(data: bytes) -> None:
        suffix = suffixes[data[0] % len(suffixes)] if data else ".txt"
        path = directory / f"berita{suffix}"
        path.write_bytes(data[1:])
        for item in reader.read(path, path.name):
            assert not str(getattr(item, "reason", "")).startswith("could not be read"), item

    return run


def config(directory: Path) -> Target:
    """Load any bytes as settings."""
    path = directory / "searcher.yaml"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        load(str(path), None)

    return run


def index(directory: Path) -> Target:
    """Write bytes over a column or the manifest, with right checksums, and ask everything."""
    build(directory)
    paths = [path for path in files(directory) if path.suffix == ".seg"]
    paths += [path for path in files(directory) if path.name == manifest.NAME]

    def run(data: bytes) -> None:
        if len(data) < 4:
            return
        path = paths[data[0] % len(paths)]
        whole = path.read_bytes()
        at = int.from_bytes(data[1:4], "little") % len(whole)
        new = whole[:at] + data[4:] + whole[at + len(data) - 4 :]
        try:
            path.write_bytes(new)
            if path.name == manifest.NAME:
                path.write_bytes(manifest.sealed(new.partition(b"\n")[2]))
            else:
                forge(path)
            ask(directory)
        finally:
            path.write_bytes(whole)

    return run


TARGETS = {"query": query, "file": file, "config": config, "index": index}


def main(target: str, directory: Path, *options: str) -> None:
    run = TARGETS[target](directory)

    def once(data: bytes) -> None:
        with suppress(SearcherError):
            run(data)

    atheris.Setup([sys.argv[0], *options], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
