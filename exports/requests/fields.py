"""Fields of export requests whose rules DRF does not know: days, lists of ids, classes, addresses, a line of text."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from reid.taxonomy import PRIVATE, Classification, parse_classification

FIRST_DAY: Final = date(1900, 1, 1)  # far earlier days overflow when they are turned into UTC
SHOWN_IDS: Final = 10
MAX_ADDRESSES: Final = 20

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def first_ten(items: list[Any]) -> str:
    """The first ten of them, and that there are more where there are."""
    more = ", ..." if len(items) > SHOWN_IDS else ""
    return ", ".join(str(item) for item in items[:SHOWN_IDS]) + more


class DayField(serializers.DateField):
    """A local day, YYYY-MM-DD and nothing else; FIRST_DAY at the earliest."""

    default_error_messages = {
        "invalid": "This is no date: use YYYY-MM-DD.",
        "min_value": f"This is too early: use {FIRST_DAY} or a later day.",
    }

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if day < FIRST_DAY:
            self.fail("min_value")
        return day


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
class IdListField(serializers.Field[Any, Any, Any, Any]):
    """A list of UUIDs, each kept once, in order; at most `max_items` as they came.

    One loop, not a child field an item: ten thousand ids are checked in some milliseconds.
    """

    default_error_messages = {
        "not_a_list": "This is no list of ids.",
        "invalid": "{count} of the ids are no UUIDs: {first}",
        "max_length": "These are {count} ids: name at most {limit}.",
        "empty": "Name at least one id.",
    }

    def __init__(self, *, max_items: int, allow_empty: bool = True, **kwargs: Any) -> None:
        self.max_items, self.allow_empty = max_items, allow_empty
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> tuple[UUID, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if not data and not self.allow_empty:
            self.fail("empty")
        if len(data) > self.max_items:
            self.fail("max_length", count=len(data), limit=f"{self.max_items:,}")
        ids: dict[UUID, None] = {}
        bad = []
        for item in data:
            try:
                ids[UUID(item)] = None
            except (ValueError, TypeError, AttributeError):
                bad.append(item)
        if bad:
            self.fail("invalid", count=len(bad), first=first_ten(bad))
        return tuple(ids)

    def to_representation(self, value: tuple[UUID, ...]) -> list[str]:
        return [str(item) for item in value]


EXPORTABLE: Final = [item.value for item in Classification if item not in PRIVATE]


@extend_schema_field(
    {"type": "array", "minItems": 1, "items": {"type": "string", "enum": EXPORTABLE}}
)
class ClassificationsField(serializers.Field[Any, Any, Any, Any]):
    """A list of classes, older names included; people and vehicles are never exported."""

    default_error_messages = {
        "not_a_list": "This is no list of classes.",
        "empty": "Name at least one class, or leave the field out for all deer: {classes}.",
        "invalid": "{name!r} is no class: use {classes}.",
        "private": "People and vehicles are never exported: use {classes}.",
    }

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        classes = ", ".join(EXPORTABLE)
        if not data:
            self.fail("empty", classes=classes)
        names: dict[str, None] = {}
        for item in data:
            try:
                parsed = parse_classification(str(item))
            except ValueError:
                self.fail("invalid", name=str(item), classes=classes)
            if parsed in PRIVATE:
                self.fail("private", classes=classes)
            names[parsed.value] = None
        return tuple(names)

    def to_representation(self, value: tuple[str, ...]) -> list[str]:
        return list(value)


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "email"}})
class AddressListField(serializers.Field[Any, Any, Any, Any]):
    """A list of mail addresses, each kept once whatever its case; at most MAX_ADDRESSES."""

    default_error_messages = {
        "not_a_list": "This is no list of mail addresses.",
        "invalid": "{address!r} is no mail address.",
        "max_length": "These are {count} addresses: name at most {limit}.",
    }

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        addresses: dict[str, str] = {}
        for item in data:
            address = str(item).strip()
            try:
                validate_email(address)
            except ValidationError:
                self.fail("invalid", address=address[:100])
            addresses.setdefault(address.casefold(), address)
        if len(addresses) > MAX_ADDRESSES:
            self.fail("max_length", count=len(addresses), limit=MAX_ADDRESSES)
        return tuple(addresses.values())

    def to_representation(self, value: tuple[str, ...]) -> list[str]:
        return list(value)


class LineField(serializers.CharField):
    """One line of printable text: runs of white space become a blank, control characters go."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        blanked = (" " if character.isspace() else character for character in text)
        return " ".join("".join(filter(str.isprintable, blanked)).split())
