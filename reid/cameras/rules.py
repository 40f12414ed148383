"""Rules of cameras, deployments and outages as a person enters them, and their values as they are kept in a change."""

from __future__ import annotations

import hashlib
import json
from datetime import date, time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Field

from reid.cameras.problems import ChangeProblem
from reid.models import Camera, Deployment, Import, Outage

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDS_BEFORE: Final = "The last day is before the first one."
HALF_A_PLACE: Final = "Give latitude and longitude together, or neither."
TIME_WITHOUT_DAY: Final = "A time of the end needs the day of the end."
OUT_ALREADY: Final = (
    "The camera was out already from {start} to {end}: outages of one camera may not overlap."
)

_FIELDS: Final = {
    Camera: ("name", "notes", "latitude", "longitude"),
    Deployment: (
        *("started_on", "started_at", "ended_on", "ended_at", "latitude", "longitude"),
        "made_by_import",
    ),
    Outage: ("started_on", "ended_on", "reason", "made_by_import"),
}
_STEP: Final = Decimal("0.000001")


def values_of(row: Camera | Deployment | Outage) -> dict[str, Any]:
    """The fields that a person may change, as JSON."""
    return {name: _plain(getattr(row, _attribute(row, name))) for name in _FIELDS[type(row)]}


def set_values(row: Camera | Deployment | Outage, values: Mapping[str, Any]) -> None:
    """Give the row these values, which `values_of` made. An import that is gone by now is left out."""
    for name in _FIELDS[type(row)]:
        if name not in values:
            continue
        value = _field(row, name).to_python(values[name])
        if name == "made_by_import":
            value = value if Import.objects.filter(pk=value).exists() else None
        setattr(row, _attribute(row, name), value)


def fingerprint(row: Camera | Deployment | Outage) -> str:
    """What tells one state of a row from another: 16 hexadecimal digits."""
    text = json.dumps(values_of(row), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refuse_faults(row: Camera | Deployment | Outage) -> None:
    """Raise ChangeProblem for values that make no sense, or that contradict another row of the camera."""
    try:
        row.clean_fields(exclude=["name_key", "camera", "merged_into", "made_by_import"])
        row.clean()
    except ValidationError as error:
        field, texts = next(iter(error.message_dict.items()))
        raise ChangeProblem(texts[0], field) from error
    if isinstance(row, Camera | Deployment) and (row.latitude is None) != (row.longitude is None):
        raise ChangeProblem(HALF_A_PLACE, "latitude" if row.latitude is None else "longitude")
    if isinstance(row, Deployment):
        _refuse_deployment(row)
    elif isinstance(row, Outage):
        _refuse_outage(row)


def _refuse_deployment(row: Deployment) -> None:
    if row.ended_on is None and row.ended_at is not None:
        raise ChangeProblem(TIME_WITHOUT_DAY, "ended_on")
    if row.ended_on is not None and row.ended_on < row.started_on:
        raise ChangeProblem(ENDS_BEFORE, "ended_on")
    for other in Deployment.objects.filter(camera=row.camera_id).exclude(pk=row.pk):
        if row.overlaps(other):
            text = other.overlap_text()
            raise ChangeProblem(f"{text[0].upper()}{text[1:]}.", "started_on")


def _refuse_outage(row: Outage) -> None:
    if row.ended_on < row.started_on:
        raise ChangeProblem(ENDS_BEFORE, "ended_on")
    others = Outage.objects.filter(camera=row.camera_id).exclude(pk=row.pk)
    other = others.filter(started_on__lte=row.ended_on, ended_on__gte=row.started_on).first()
    if other is not None:
        text = OUT_ALREADY.format(start=other.started_on, end=other.ended_on)
        raise ChangeProblem(text, "started_on")


def _field(row: Camera | Deployment | Outage, name: str) -> Field[Any, Any]:
    field = row._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - for the type checker: _FIELDS names fields alone
    return field


def _attribute(row: Camera | Deployment | Outage, name: str) -> str:
    return _field(row, name).attname


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return str(value.quantize(_STEP, ROUND_HALF_EVEN))
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
    return value
