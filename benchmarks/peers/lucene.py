"""Lucene, on the newest Java there is: one small class, fetched and compiled once.

Needs a JDK of 21 or newer and Maven. ``prepare`` fetches Lucene by ``lucene/pom.xml``,
compiles ``lucene/LucenePeer.java`` and, where Java is 25 or newer, lets it record an
ahead-of-time cache at its first cold start, which the measured ones then use.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent.parent / "lucene"
_FLAGS = ["--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xmx2g"]
_java: list[str] = []  # the command of the newest Java, once prepared
_classes: list[str] = []
_cache: list[Path] = []


def newest_java() -> tuple[int, Path] | None:
    """(major version, JDK directory) of the newest JDK of 21 or more, or None."""
    homes = {Path(home) for home in [os.environ.get("JAVA_HOME", "")] if home}
    homes.update(path.parent.parent for path in Path("/usr/lib/jvm").glob("*/bin/javac"))
    if javac := shutil.which("javac"):
        homes.add(Path(javac).resolve().parent.parent)
    found = []
    for home in sorted(homes):
        try:
            told = subprocess.run(
                [home / "bin" / "javac", "-version"], capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        if number := re.search(r"javac (\d+)", told.stdout + told.stderr):
            found.append((int(number[1]), home))
    best = max(found, default=None)
    return best if best and best[0] >= 21 else None


def prepare(work: Path) -> None:
    """Fetch and compile into ``work``, unless done. Raises RuntimeError where it cannot."""
    java = newest_java()
    if not java or not shutil.which("mvn"):
        raise RuntimeError("Lucene needs Maven and a JDK of 21 or newer")
    major, home = java
    jars, classes = work / "jars", work / "classes"
    environment = {**os.environ, "JAVA_HOME": str(home)}
    if not any(jars.glob("lucene-core-*.jar")):
        copy = f"-DoutputDirectory={jars.resolve()}"
        command = ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies", copy]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    source = (HERE / "LucenePeer.java").read_text(encoding="utf-8")
    made_of, cache = classes / "made_of.txt", work / "cold.aot"
    key = f"{home}\n{source}"
    if not made_of.exists() or made_of.read_text(encoding="utf-8") != key:
        _compile(home, jars, classes)
        cache.unlink(missing_ok=True)  # of an older jar, it would be refused
        made_of.write_text(key, encoding="utf-8")
    path = os.pathsep.join(map(str, sorted(jars.glob("*.jar"))))
    _java[:] = [str(home / "bin" / "java"), *_FLAGS]
    _classes[:] = ["-cp", path, "LucenePeer"]
    _cache[:] = [cache] if major >= 25 else []


def _compile(home: Path, jars: Path, classes: Path) -> None:
    # An ahead-of-time cache holds classes of jars, not of directories.
    source = HERE / "LucenePeer.java"
    made = jars / "peer.jar.new"
    jar = ["--create", "--file", made, "-C", classes, "."]
    for command in (
        [home / "bin" / "javac", "-cp", f"{jars}/*", "-d", classes, source],
        [home / "bin" / "jar", *jar],
    ):
        subprocess.run(command, check=True, capture_output=True)
    made.replace(jars / "peer.jar")  # at once: an engine may be running from the old one


def argv(action: str, *arguments: object) -> list[str]:
    flags = []
    if action == "cold" and _cache:
        kept = _cache[0].exists()
        flags = [f"-XX:AOTCache={_cache[0]}" if kept else f"-XX:AOTCacheOutput={_cache[0]}"]
    return [*_java, *flags, *_classes, action, *map(str, arguments)]
