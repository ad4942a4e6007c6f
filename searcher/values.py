"""Frozen values: dataclasses that cost next to nothing to define.

``dataclasses`` compiles eight functions a class when a module is imported, and imports
``inspect`` for it: a quarter of what a cold ``searcher search`` took. A :class:`Value` is
written, type-checked and used as ``@dataclass(frozen=True, slots=True)`` is, but compiles
one function, when the first value is made. ``dataclasses.fields``, ``replace`` and
``asdict`` work on it. What a search does not import may as well be a plain dataclass.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

T = TypeVar("T")
V = TypeVar("V", bound="Value")


class _Factory:
    """Marks a default that is made anew for each value."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """As ``dataclasses.field``, for the one thing it is needed for here."""
    return _Factory(default_factory)  # type: ignore[return-value]


class _Init:
    """The ``__init__`` of every value class until it is first asked for; then it compiles
    one with the signature that the fields call for and steps back."""

    __slots__ = ()

    def __get__(self, value: object, cls: _Definition) -> Any:
        parameters, lines = [], []
        scope: dict[str, Any] = {}
        for name in cls._fields:
            # A slot's own setter passes by __setattr__, which refuses.
            scope[f"set_{name}"] = vars(cls)[name].__set__
            lines.append(f"    set_{name}(self, {name})")
            if name in cls._defaults:
                default = scope[f"default_{name}"] = cls._defaults[name]
                parameters.append(f"{name}=default_{name}")
                if isinstance(default, _Factory):
                    lines[-1] = (
                        f"    set_{name}(self, "
                        f"default_{name}.make() if {name} is default_{name} else {name})"
                    )
            else:
                parameters.append(name)
        if cls._kw_only and parameters:
            parameters.insert(0, "*")
        head = f"def __init__(self, {', '.join(parameters)}):\n"
        exec(head + ("\n".join(lines) or "    pass"), scope)
        function = scope["__init__"]
        function.__qualname__ = f"{cls.__qualname__}.__init__"
        cls.__init__ = function  # type: ignore[misc]
        return function.__get__(value, cls)


class _Fields:
    """What ``dataclasses`` knows a dataclass by, taken from a real one with the same fields
    when it is asked for."""

    __slots__ = ()

    def __get__(self, value: object, cls: _Definition) -> Any:
        import dataclasses

        members = []
        for name in cls._fields:
            default = cls._defaults.get(name, dataclasses.MISSING)
            made = isinstance(default, _Factory)
            item: Any = dataclasses.field(
                **{"default_factory": default.make} if made else {"default": default}
            )
            members.append((name, cls.__annotations__[name], item))
        twin: Any = dataclasses.make_dataclass(cls.__name__, members, kw_only=cls._kw_only)
        return twin.__dataclass_fields__


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _Definition(type):
    """Turns annotations into slots, and what they are set to into defaults."""

    _fields: tuple[str, ...]
    _defaults: dict[str, Any]
    _kw_only: bool
    _tuple: Callable[[Any], tuple[Any, ...]]

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        kw_only: bool = False,
    ) -> _Definition:
        fields = tuple(namespace.get("__annotations__", ()))
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        namespace["__slots__"] = (*fields, *namespace.get("__slots__", ()))
        namespace["__match_args__"] = () if kw_only else fields
        cls = super().__new__(mcs, name, bases, namespace)
        cls._fields = fields
        cls._defaults = defaults
        cls._kw_only = kw_only
        if len(fields) > 1:
            cls._tuple = attrgetter(*fields)
        else:  # attrgetter gives one value bare, and cannot give none
            cls._tuple = lambda value: tuple(getattr(value, field) for field in fields)
        return cls


class Value(metaclass=_Definition):
    """A value with named fields, equal to another of its class when all fields are.

    Subclasses annotate their fields (in a module with ``from __future__ import
    annotations``) and are not subclassed in turn.

    >>> class Place(Value):
    ...     name: str
    ...     island: str = "Jawa"
    >>> Place("Tegal")
    Place(name='Tegal', island='Jawa')
    >>> replace(Place("Tegal"), name="Solo") == Place("Solo", "Jawa")
    True
    >>> Place("Tegal").name = "Solo"
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'name'
    """

    if not TYPE_CHECKING:  # who reads the fields, not this
        __init__ = _Init()
    __dataclass_fields__ = _Fields()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        get = type(self)._tuple
        return get(self) == get(other)

    def __hash__(self) -> int:
        return hash(type(self)._tuple(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self)._fields)
        return f"{type(self).__name__}({shown})"

    def __setattr__(self, name: str, value: object) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), by_name(self))


def names(cls: type[Value]) -> tuple[str, ...]:
    """The names of a class's fields, in order."""
    return cls._fields


def replace(value: V, **changes: Any) -> V:
    """``dataclasses.replace``, without importing that."""
    made: V = type(value)(**{**by_name(value), **changes})
    return made


def by_name(value: Value) -> dict[str, Any]:
    """The fields of a value with what they hold, in order."""
    cls = type(value)
    return dict(zip(cls._fields, cls._tuple(value), strict=True))


def _restored(cls: type[Value], values: dict[str, Any]) -> Value:
    """The inverse of pickling."""
    value: Value = cls(**values)
    return value
