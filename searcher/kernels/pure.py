"""What ``import cython`` offers a kernel that runs uncompiled, where Cython is absent.

Only the names the kernels use, each doing nothing: annotations stay unevaluated, the
decorators return their function, ``nogil`` is an empty block. Cython's own shadow module
does the same and more, but it would be a dependency of every installation, to serve
those that could not compile.
"""

from __future__ import annotations

from collections.abc import Callable
from math import trunc
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

compiled = False


def cclass(cls: Any) -> Any:
    """A class stays a class."""
    return cls


def final(cls: Any) -> Any:
    """Python has no use for knowing that a class has no subclass."""
    return cls


def cfunc(function: F) -> F:
    """A C function stays a Python function."""
    return function


def inline(function: F) -> F:
    """Python inlines nothing."""
    return function


def exceptval(*_: Any, **__: Any) -> Callable[[F], F]:
    """How C reports an exception does not matter to Python."""
    return lambda function: function


def declare(*_: Any, **__: Any) -> Any:
    """An attribute that C would have to be told may be read from outside."""
    return None


def cast(_type: Any, value: Any) -> Any:
    """A value of Python's only integer or float type; kernels cast doubles to integers."""
    return trunc(value)


class _Type:
    """A C type: only ever named, in annotations and casts."""

    def __getitem__(self, _: Any) -> _Type:
        return self


Py_ssize_t = longlong = ulonglong = int = uint = short = ushort = uchar = _Type()
double = bint = const = pointer = _Type()


class _NoGil:
    """Both the decorator and the block."""

    def __call__(self, function: F) -> F:
        return function

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


nogil = _NoGil()
