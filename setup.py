"""Compile the kernels where a C compiler is present; install them as Python where not.

Everything else about the package stands in pyproject.toml. ``SEARCHER_KERNELS=off``
skips compilation, which is how the test suite also runs them as plain Python.
``SEARCHER_CFLAGS`` replaces the compiler flags (``-O3 -march=native`` is for an
installation that stays on the machine that built it).
"""

import os
from pathlib import Path

from setuptools import Extension, setup

KERNELS = sorted(
    path
    for path in Path("searcher/kernels").glob("*.py")
    if path.stem not in {"__init__", "pure"}
)


def extensions() -> list[Extension]:
    if os.environ.get("SEARCHER_KERNELS") == "off":
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    flags = os.environ.get("SEARCHER_CFLAGS", "-O3").split()
    modules = [
        Extension(
            ".".join(path.with_suffix("").parts),
            [str(path)],
            extra_compile_args=flags,
            optional=True,  # no compiler: warn, and leave the .py to run
        )
        for path in KERNELS
    ]
    return list(cythonize(modules, language_level=3, build_dir="build/cython"))


setup(ext_modules=extensions())
