"""Frozen copy of a survey's material: JSON that makes the same material again, whatever becomes of deer and photographs. Pure.

    {"format": 1, "start", "end",
     "cameras": [{"name", "place": [lat, lon] | null, "runs": [[first day, last day]], "left_out": [{"first", "last", "reason", "outage"}], "estimated"}],
     "captures": [{"deer", "deer_id", "camera", "day", "photographs", "sightings", "flanks", "detections"}],
     "sexes": {deer: class}, "classes": {class: [{"camera", "day", "animals", "photographs", "unnamed", "otherwise"}]}}

Days are ISO 8601.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from analysis.surveys.material import CameraEffort, Captured, ClassDay, LeftOut, Material
from reid.cameras.days import days_of, runs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = 1
UNKNOWN_FORMAT: Final = (
    "The survey was frozen in format {found}, and this Thumper reads format {known}."
)


def freeze(material: Material) -> dict[str, Any]:
    """The material as JSON."""
    return {
        "format": FORMAT,
        "start": material.start.isoformat(),
        "end": material.end.isoformat(),
        "cameras": [_frozen_camera(camera) for camera in material.cameras],
        "captures": [_frozen(item) for item in material.captures],
        "sexes": dict(material.sexes),
        "classes": {
            name: [_frozen(item) for item in counted] for name, counted in material.classes.items()
        },
    }


def thaw(frozen: Mapping[str, Any], *, one_side: bool = False) -> Material:
    """The material that was frozen. Raises ValueError for a format of another release."""
    if frozen["format"] != FORMAT:
        raise ValueError(UNKNOWN_FORMAT.format(found=frozen["format"], known=FORMAT))
    return Material(
        start=date.fromisoformat(frozen["start"]),
        end=date.fromisoformat(frozen["end"]),
        cameras=[_thawed_camera(camera) for camera in frozen["cameras"]],
        captures=[
            Captured(
                **item
                | {
                    "day": date.fromisoformat(item["day"]),
                    "flanks": tuple(item["flanks"]),
                    "detections": tuple(item["detections"]),
                }
            )
            for item in frozen["captures"]
        ],
        sexes=frozen["sexes"],
        classes={
            name: [ClassDay(**item | {"day": date.fromisoformat(item["day"])}) for item in counted]
            for name, counted in frozen["classes"].items()
        },
        one_side=one_side,
    )


def sha256_of(frozen: Mapping[str, Any]) -> str:
    """Digest of the copy: of its JSON with sorted keys and without blanks."""
    text = json.dumps(frozen, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _frozen(item: Captured | ClassDay) -> dict[str, Any]:
    values = asdict(item)
    lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    return values | lists | {"day": item.day.isoformat()}


def _frozen_camera(camera: CameraEffort) -> dict[str, Any]:
    return {
        "name": camera.name,
        "place": None if camera.place is None else list(camera.place),
        "runs": [[first.isoformat(), last.isoformat()] for first, last in runs_of(camera.days)],
        "left_out": [
            {
                "first": item.first.isoformat(),
                "last": item.last.isoformat(),
                "reason": item.reason,
                "outage": item.is_outage,
            }
            for item in camera.left_out
        ],
        "estimated": camera.is_estimated,
    }


def _thawed_camera(camera: Mapping[str, Any]) -> CameraEffort:
    place = camera["place"]
    days: list[date] = []
    for first, last in camera["runs"]:
        days += days_of(date.fromisoformat(first), date.fromisoformat(last))
    return CameraEffort(
        name=camera["name"],
        place=None if place is None else (place[0], place[1]),
        days=tuple(days),
        left_out=tuple(
            LeftOut(
                date.fromisoformat(item["first"]),
                date.fromisoformat(item["last"]),
                item["reason"],
                item["outage"],
            )
            for item in camera["left_out"]
        ),
        is_estimated=camera["estimated"],
    )
