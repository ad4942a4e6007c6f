"""Compile the kernels where a C compiler is present; install them as Python where not.

Everything else about the package stands in pyproject.toml. ``SEARCHER_KERNELS=off``
skips compilation, which is how the test suite also runs them as plain Python.
``SEARCHER_CFLAGS`` replaces the compiler flags (``-O3 -march=native`` is for an
installation that stays on the machine that built it).
"""

import os
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

KERNELS = sorted(
    path for path in Path("searcher/kernels").glob("*.py") if path.stem not in {"__init__", "pure"}
)


class BuildKernels(build_ext):
    """Compiles all of the kernels or, where that is impossible, none."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = True if self.parallel is None else self.parallel

    def build_extensions(self) -> None:
        # Extension(optional=True) would forgive a failing compiler, but not a missing one.
        try:
            super().build_extensions()
        except (BaseError, CCompilerError, OSError) as error:
            self.warn(f"the kernels run uncompiled, many times slower: {error}")
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions.clear()


def extensions() -> list[Extension]:
    if os.environ.get("SEARCHER_KERNELS") == "off":
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    # Fused multiply-adds round once where Python rounds twice: scores would differ by one
    # between machines, and between the kernels and the arrays they are tested against.
    flags = [*os.environ.get("SEARCHER_CFLAGS", "-O3").split(), "-ffp-contract=off"]
    modules = [
        Extension(
            ".".join(path.with_suffix("").parts),
            [str(path)],
            extra_compile_args=flags,
        )
        for path in KERNELS
    ]
    return list(cythonize(modules, language_level=3, build_dir="build/cython"))


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildKernels})
