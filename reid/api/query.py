"""Query parameters of the API: read as strictly as a body, and documented as they are read.

A filter that is misspelt or makes no sense would otherwise be no filter, and the answer a wrong one that looks right.
So what is not known, is given twice or is no such value is refused, by name and with what it may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.settings import api_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import QueryDict

UNKNOWN_FIELD: Final = "This field is not known here."
UNKNOWN_PARAMETER: Final = "This parameter is not known here."
GIVEN_TWICE: Final = "Give this once."
NO_CHOICE: Final = "Use one of: {choices}."
FAR_OFF: Final = "Use a year from 1900 to 2999."


class StrictBody(serializers.Serializer[Any]):
    """A body. Fields that are not known are refused."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            detail = serializers.ErrorDetail(UNKNOWN_FIELD, "unknown_field")
            raise serializers.ValidationError(dict.fromkeys(unknown, detail))
        return attrs


class Query(serializers.Serializer[Any]):
    """Parameters of an address. None is required."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields: dict[str, serializers.Field[Any, Any, Any, Any]] = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields

    def read(self, params: QueryDict, *, of_form: bool = False) -> dict[str, Any]:
        """The values by field source; a form sends what was left empty too, which stands for nothing.

        Raises ValidationError, which lists everything that is wrong.
        """
        wrong: dict[str, list[Any]] = {}
        plain: dict[str, Any] = {}
        for name, values in params.lists():
            field = self.fields.get(name)
            if of_form and not any(values):
                continue
            if isinstance(field, serializers.ListField | serializers.MultipleChoiceField):
                plain[name] = values
            elif field is not None and len(values) == 1:
                plain[name] = values[0]
            elif field is not None:
                wrong[name] = [_refusal(name, GIVEN_TWICE, "invalid")]
            elif name != api_settings.URL_FORMAT_OVERRIDE:  # the renderers' own
                wrong[name] = [_refusal(name, UNKNOWN_PARAMETER, "unknown_field")]
        values_by_source: dict[str, Any] = {}
        try:
            values_by_source = self.run_validation(plain)
        except serializers.ValidationError as error:
            by_name = dict(error.detail)  # type: ignore[arg-type]  # a mapping, of a serializer
            wrong |= {name: list(_flat(name, details)) for name, details in by_name.items()}
        if wrong:
            raise serializers.ValidationError(wrong)
        return values_by_source


def _refusal(name: str, text: str, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(f"{name}: {text}", code)


def _flat(name: str, details: Any) -> Iterator[serializers.ErrorDetail]:
    """The refusals of one parameter: of a list's items too, which DRF keeps by their places."""
    for one in details.values() if isinstance(details, dict) else [details]:
        for detail in one:
            yield _refusal(name, str(detail), detail.code)


class OneOfField(serializers.ChoiceField):
    """One of some words; the refusal of any other lists them."""

    def to_internal_value(self, data: Any) -> Any:
        if data not in self.choices:
            text = NO_CHOICE.format(choices=", ".join(map(str, self.choices)))
            raise serializers.ValidationError(text, "invalid_choice")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.BOOL)
class FlagField(OneOfField):
    """`true` or `false`, and none of the other words that DRF takes for them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(["true", "false"], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return bool(super().to_internal_value(data) == "true")

    def to_representation(self, value: Any) -> str:
        return "true" if value else "false"


class SomeOfField(serializers.MultipleChoiceField):
    """Any of some words, each in a parameter of its own."""

    def to_internal_value(self, data: Any) -> Any:
        one = OneOfField(self.choices)
        return {one.run_validation(item) for item in data}


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601, at the ranch where it names no zone; not so far off that no zone can hold it."""

    default_error_messages = {"overflow": FAR_OFF}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if not 1900 <= moment.year <= 2999:
            self.fail("overflow")
        return moment
