"""A value behaves as a frozen dataclass does."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from searcher import values
from searcher.values import Value


class Place(Value):
    name: str
    island: str = "Jawa"
    meta: Mapping[str, str] = values.field(default_factory=dict)


class Named(Value, kw_only=True):
    name: str = ""


class Single(Value):
    one: int


class Nothing(Value):
    pass


@dataclasses.dataclass(frozen=True)
class Twin:
    name: str
    island: str = "Jawa"
    meta: Mapping[str, str] = dataclasses.field(default_factory=dict)


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("Tegal",), {}),
    (("Medan", "Sumatra"), {}),
    (("Medan", "Sumatra", {"a": "b"}), {}),
    ((), {"name": "Tegal"}),
    (("Medan",), {"island": "Sumatra"}),
    ((), {}),
    ((), {"island": "Jawa"}),
    (("Tegal",), {"name": "Tegal"}),
    (("Tegal",), {"country": "Indonesia"}),
    (("Tegal", "Jawa"), {"country": "Indonesia", "island": "Bali"}),
    ((), {"country": "Indonesia"}),
    ((1, 2, 3, 4), {}),
]


@pytest.mark.parametrize(("args", "named"), CALLS)
def test_it_is_made_as_a_dataclass_is(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    try:
        twin = Twin(*args, **named)
    except TypeError:
        with pytest.raises(TypeError, match=r"Place.__init__\(\) "):
            Place(*args, **named)
    else:
        assert dataclasses.asdict(Place(*args, **named)) == dataclasses.asdict(twin)
        assert repr(Place(*args, **named)) == repr(twin).replace("Twin", "Place")


def test_equal_fields_are_equal_values_of_one_class_only() -> None:
    assert Single(1) == Single(1) != Single(2)
    assert hash(Single(1)) == hash(Single(1))
    assert Single(1) != (1,)
    assert Nothing() == Nothing()
    assert Nothing()  # not an empty tuple
    assert Named() != Nothing()


def test_it_does_not_change() -> None:
    place = Place("Tegal")
    with pytest.raises(dataclasses.FrozenInstanceError, match="'name'"):
        place.name = "Solo"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="'name'"):
        del place.name
    with pytest.raises(AttributeError):
        place.other = 1


def test_a_made_default_is_not_shared() -> None:
    assert Place("a").meta is not Place("b").meta


def test_keyword_only() -> None:
    assert Named(name="a").name == "a"
    with pytest.raises(TypeError, match="positional"):
        Named("a")  # type: ignore[call-arg]


@pytest.mark.parametrize("value", [Place("Tegal"), Named(name="a"), Single(1), Nothing()])
def test_it_can_be_copied_and_sent(value: Value) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value


def test_dataclasses_and_inspect_know_it() -> None:
    assert [f.name for f in dataclasses.fields(Place)] == ["name", "island", "meta"]
    assert dataclasses.replace(Place("Tegal"), name="Solo") == Place("Solo")
    assert list(inspect.signature(Place).parameters) == ["name", "island", "meta"]
    assert values.names(Place) == ("name", "island", "meta")
    assert values.replace(Place("Tegal"), name="Solo") == Place("Solo")


def test_it_matches_by_keyword_in_patterns() -> None:
    match Place("Tegal"):
        case Place(name=name):
            assert name == "Tegal"
