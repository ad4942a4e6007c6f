"""The few hot loops: ordinary Python files that a C compiler may turn into C.

Each module is Cython in pure-Python mode. Compiled, its loops run without the GIL and
on machine types; uncompiled, the same file runs as it stands and is the reference the
tests compare with. No rule of language and no rule of ranking lives here: kernels take
and return buffers.
"""

from __future__ import annotations


def compiled() -> bool:
    """Whether the kernels in use are machine code."""
    from searcher.kernels import postings

    return postings.is_compiled()
