"""Parser of request bodies: reads a serializer's fields, and goes on after the first mistake.

DRF's own validation forgets what it could parse as soon as one field fails. The rules VR-001 to VR-005 run
over whatever could be parsed, so here values and violations come back together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rest_framework import serializers
from rest_framework.fields import SkipField, empty

from exports.requests.rules import INVALID, OUT_OF_RANGE, REQUIRED, UNKNOWN_FIELD, RuleViolation

NOT_AN_OBJECT: Final = "The body must be a JSON object."
NOT_OBJECT: Final = "This must be an object."
NOT_LIST: Final = "This must be a list of objects."

_CODES: Final = {
    "required": REQUIRED,
    "blank": OUT_OF_RANGE,
    "empty": OUT_OF_RANGE,
    "max_length": OUT_OF_RANGE,
    "min_length": OUT_OF_RANGE,
    "max_value": OUT_OF_RANGE,
    "min_value": OUT_OF_RANGE,
    "max_string_length": OUT_OF_RANGE,
}


@dataclass(slots=True)
class Parsed:
    """What could be read: `values` by field (nested objects as Parsed), and what could not."""

    values: dict[str, Any] = field(default_factory=dict)
    violations: list[RuleViolation] = field(default_factory=list)

    def get(self, name: str) -> Any:
        """The value, or None where it is missing, null or was not readable."""
        return self.values.get(name)


def parse(serializer: serializers.Serializer[Any], data: Any, path: str = "") -> Parsed:
    """Read `data` with the serializer's fields. Never raises."""
    if not isinstance(data, Mapping):
        message = f"{path}: {NOT_OBJECT}" if path else NOT_AN_OBJECT
        return Parsed(violations=[RuleViolation(INVALID, path, message)])
    result = Parsed()
    for name in data:
        if name not in serializer.fields:
            own = _join(path, str(name))
            result.violations.append(
                RuleViolation(UNKNOWN_FIELD, own, f"{own} is not a known field.")
            )
    for name, child in serializer.fields.items():
        _read(child, data.get(name, empty), _join(path, name), name, result)
    return result


def _read(child: Any, raw: Any, path: str, name: str, result: Parsed) -> None:
    is_given = raw is not empty and raw is not None
    if is_given and isinstance(child, serializers.ListSerializer):
        _read_rows(child, raw, path, name, result)
    elif is_given and isinstance(child, serializers.Serializer):
        nested = parse(child, raw, path)
        result.values[name] = nested
        result.violations += nested.violations
    else:
        try:
            result.values[name] = child.run_validation(raw)
        except SkipField:
            return
        except serializers.ValidationError as error:
            details: Any = error.detail
            result.violations += [_violation(detail, path) for detail in details]


def _read_rows(
    child: serializers.ListSerializer[Any], raw: Any, path: str, name: str, result: Parsed
) -> None:
    if not isinstance(raw, list):
        result.violations.append(RuleViolation(INVALID, path, f"{path}: {NOT_LIST}"))
        return
    row: Any = child.child
    rows = [parse(row, item, _join(path, str(place))) for place, item in enumerate(raw)]
    result.values[name] = rows
    result.violations += [violation for nested in rows for violation in nested.violations]


def _violation(detail: Any, path: str) -> RuleViolation:
    code = _CODES.get(detail.code, INVALID)
    message = f"{path} is required." if code == REQUIRED else f"{path}: {detail}"
    return RuleViolation(code, path, message)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
