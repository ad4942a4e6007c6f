"""What is said about the project is so: documents, packaging, and what an import costs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import searcher
from searcher import cli
from searcher.__main__ import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

documents = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(text: str) -> Iterator[list[str]]:
    """The calls of ``searcher`` shown in a document, as arguments without the program."""
    for block in blocks(text, "(?:sh|console|text)"):
        for line in block.replace("\\\n", " ").splitlines():
            # A column of commands in a table of them is told by its capitals and dots.
            if line.startswith(("$ searcher ", "searcher ")) and "…" not in line:
                yield shlex.split(line.removeprefix("$ "), comments=True)[1:]


def tracked() -> list[Path]:
    """The files of the project, without what is built from them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    built = ("build", "dist", "index_data", "__pycache__", "*.egg-info", ".*")
    return [
        Path(folder, name)
        for folder, folders, names in os.walk(ROOT)
        for name in names
        if not any(
            fnmatch(part, pattern)
            for part in Path(folder, name).relative_to(ROOT).parts[:-1]
            for pattern in built
        )
        if not name.endswith((".so", ".c"))
    ]


# Documents


@documents
def test_every_path_in_a_document_exists(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    named = re.findall(r"`((?:searcher|tests|benchmarks|docs|corpus|\.ci)/[\w./-]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


@documents
def test_every_link_in_a_document_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))
    lost = []
    for link in links:
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def anchors(path: Path) -> set[str]:
    """What a heading of a Markdown file can be linked by."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@documents
def test_every_command_in_a_document_exists(path: Path) -> None:
    known = {command.name: command for command in cli.COMMANDS}
    for args in commands(path.read_text("utf-8")):
        if args[0].startswith("-"):
            assert args[0] in ("--help", "--version", "--install-completion")
            continue
        assert args[0] in known, args
        options = (*known[args[0]].options, *cli.switches())
        flags = {"-h", "--help", *(flag for option in options for flag in option.flags)}
        given = {arg.partition("=")[0] for arg in args if re.match(r"--\w|-\w$", arg)}
        assert given <= flags, args


def test_every_folder_has_its_question_and_every_module_its_mention() -> None:
    for folder in (ROOT / "searcher").rglob("__init__.py"):
        name = folder.parent.relative_to(ROOT).as_posix()
        assert re.search(rf"^### `{name}/`: .*\?$", ARCHITECTURE, re.M), name
    modules = {path.name for path in (ROOT / "searcher").rglob("*.py")} - {"__init__.py"}
    assert {name for name in modules if name not in ARCHITECTURE} == set()


def test_the_layers_are_those_that_are_held() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    layers = "\n".join(contracts[0]["layers"]).replace("searcher.", "")
    assert f"```text\n{layers}\n```" in ARCHITECTURE
    whoosh = {line.split(" -> ")[0] for line in contracts[1]["ignore_imports"]}
    for module in whoosh:
        assert f"`{module.replace('.', '/')}.py`" in ARCHITECTURE


# The README, run


def status(args: list[str]) -> int:
    """The exit status of a command run in this process; Typer ends one by SystemExit."""
    try:
        return run(args)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sample corpus and its index, as after the README's command."""
    directory = tmp_path_factory.mktemp("readme")
    (directory / "corpus").symlink_to(ROOT / "corpus")
    back = os.getcwd()
    os.chdir(directory)
    try:
        assert status(["index", "corpus", "--quiet"]) == 0
    finally:
        os.chdir(back)
    return directory


def test_the_readme_has_its_two_commands() -> None:
    """``.ci/run`` takes them from here."""
    first, second = (block.strip() for block in blocks(README, "sh"))
    assert "\n" not in first
    assert "\n" not in second
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -q '.[all]' && ")
    assert second.startswith("python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && ")


def test_the_readme_shows_what_its_command_prints(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for milliseconds and the receipt. When the answer has changed, paste it anew."""
    monkeypatch.chdir(shop)
    call = blocks(README, "sh")[0].split(".venv/bin/searcher ")[-1]
    assert status(shlex.split(call)) == 0
    shown = blocks(README, "text")[0]
    hits = re.compile(r"\n1\. .*(?= \([\d.]+ ms\)\n$)", re.S)
    now, then = (hits.search(text) for text in (capsys.readouterr().out, shown))
    assert now
    assert then
    assert now[0] == then[0]
    assert f"{len(searcher.open_index(shop / 'index_data'))} articles read" in shown


def test_the_shell_examples_of_the_readme_run(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop)
    calls = [args for block in blocks(README, "console") for args in commands(_fenced(block))]
    assert len(calls) > 5
    for args in calls:
        assert status(args) == 0, args
        assert capsys.readouterr().out, args


def _fenced(block: str) -> str:
    return f"```console\n{block}```\n"


@pytest.mark.parametrize("number", range(len(blocks(README, "python"))))
def test_the_python_examples_of_the_readme_run(
    shop: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    exec(blocks(README, "python")[number], {})


# The package


def test_the_face_is_sorted_and_whole() -> None:
    assert searcher.__all__ == sorted(searcher.__all__)
    for name in searcher.__all__:
        assert getattr(searcher, name).__name__ == name
    assert set(searcher.__all__) == {n for n in dir(searcher) if not n.startswith("_")}
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = searcher.nonesuch


def modules_after(code: str, cwd: Path) -> set[str]:
    """The top-level modules that a new interpreter has imported after ``code``."""
    script = f"import sys\n{code}\nprint('\\n', *{{m.partition('.')[0] for m in sys.modules}})"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=cwd, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.rpartition("\n ")[2].split())


#: A cold search pays for each of these more than for the search.
HEAVY = {
    "numpy",
    "whoosh",
    "yaml",
    "typer",
    "click",
    "rich",
    "dataclasses",
    "inspect",
    "simplemma",
    "hashlib",
}


def test_importing_the_package_imports_nothing(tmp_path: Path) -> None:
    assert not modules_after("import searcher; searcher.__all__", tmp_path) & HEAVY


@pytest.mark.parametrize("how", [[], ["--json"], ["--limit", "3", "--no-families"]])
def test_a_plain_search_imports_nothing_heavy(shop: Path, how: list[str]) -> None:
    """None of them is on the way from the shell to ten marked hits."""
    code = f"from searcher.__main__ import run\nassert run({['search', 'harga beras', *how]}) == 0"
    assert not modules_after(code, shop) & HEAVY


def test_adding_a_few_articles_imports_no_numpy(shop: Path, tmp_path: Path) -> None:
    """It takes longer to import than they to add."""
    shutil.copytree(shop / "index_data", tmp_path / "index_data")
    code = (
        "from searcher import Article, create_index\n"
        "with create_index('index_data').writer() as writer:\n"
        "    writer.add(Article(id='baru', title='Harga beras', body='Trumpmengatakan ' * 9))\n"
        "    writer.delete('lama')\n"
    )
    assert not modules_after(code, tmp_path) & (HEAVY - {"simplemma"})


def test_one_whoosh_is_installed() -> None:
    """Three distributions share the name, and the last one installed overwrites the others."""
    assert len(set(packages_distributions()["whoosh"])) == 1


def test_data_is_packaged() -> None:
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["*"]
    package = Path()
    for path in tracked():
        if path.is_relative_to(ROOT / "searcher") and path.suffix != ".py":
            package = path.parent
            while not (package / "__init__.py").exists():
                package = package.parent
            name = path.relative_to(package).as_posix()
            assert any(fnmatch(name, pattern) for pattern in patterns), path


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """Paths of a developer's machine and addresses of package indexes run nowhere else."""
    machine = re.compile(
        rb"/(?:work|root|home/\w+|Users/\w+)/[\w.]|/tmp/(?:ilk|team)|"
        rb"(?:index-url|--index|registry)[= ]+https?://|://[\w.-]*(?:pypi|npmjs|mirror|artifactory)"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in tracked()
        if path != Path(__file__)
        if (match := machine.search(path.read_bytes()))
    ]
    assert found == []
