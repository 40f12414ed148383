"""Import of deployments: a CSV of when cameras ran -> cameras and deployments."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid.importing.rows import Refusal, RefusalReason, SourceProblem
from reid.importing.writing import records
from reid.importing.writing.changes import ChangeLog, values_of
from reid.models import Camera, Deployment, Import

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import AbstractBaseUser

FORMAT: Final = "deployments"
PLACE: Final = ("latitude", "longitude")
ENDS: Final = ("ended_on",)
COLUMNS: Final = ("camera", "latitude", "longitude", "started_on", "ended_on")
NO_FILE: Final = "There is no file {path}."
NO_COLUMNS: Final = "{source} must have the columns camera and started_on in its first line."
NOT_CSV: Final = "{source} is no CSV in UTF-8: {error}."
BAD_CAMERA: Final = "the camera has no name, or one of more than {longest} characters"
BAD_DATE: Final = "{name} is {text!r}: write it as 2025-10-01"
BACKWARDS: Final = "ended_on is before started_on"
HALF_A_PLACE: Final = "latitude and longitude come together"
BAD_DEGREES: Final = "{name} is {text!r} and not a number of degrees from -{limit} to {limit}"
OVERLAP: Final = (
    "the camera ran already from {start} to {end}: deployments of one camera may not overlap"
)

_LONGEST: Final = Camera._meta.get_field("name").max_length or 0


@dataclass(frozen=True, slots=True)
class DeploymentReport:
    """Each line is in exactly one of created, updated (an end or a place), unchanged and refusals."""

    created: int
    updated: int
    unchanged: int
    cameras: int
    refusals: tuple[Refusal, ...]
    dry_run: bool

    @property
    def could_read(self) -> bool:
        return bool(self.created or self.updated or self.unchanged)


@dataclass(frozen=True, slots=True)
class _Line:
    camera: str
    place: tuple[Decimal, Decimal] | None
    started_on: date
    ended_on: date | None


@dataclass(slots=True)
class _Known:
    """A camera and all its deployments, as they are and as this import makes them."""

    camera: Camera
    deployments: dict[date, Deployment] = field(default_factory=dict)


def import_deployments(
    path: Path, *, actor: AbstractBaseUser | None = None, dry_run: bool = False
) -> DeploymentReport:
    """Cameras, their places and the days on which they ran, both days inclusive; no end: runs still.

    A deployment is identified by its camera and first day: another end or place replaces the old one, so the
    file can be corrected and imported again. Raises SourceProblem where it cannot be read as a whole.
    """
    with transaction.atomic():
        record = records.begin(
            Import.Kind.DEPLOYMENTS, path.name, actor=actor, source_format=FORMAT, options={}
        )
        report = _import(path, record, dry_run=dry_run)
        records.beat(record, report.refusals)
        records.complete(record, report)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _import(path: Path, record: Import, *, dry_run: bool) -> DeploymentReport:
    lines, refusals = _parse(path)
    names = {line.camera for _, line in lines}
    known = {camera.name: _Known(camera) for camera in Camera.objects.filter(name__in=names)}
    for deployment in Deployment.objects.filter(camera__name__in=names).select_related("camera"):
        known[deployment.camera.name].deployments[deployment.started_on] = deployment
    new_cameras: set[str] = set()
    outcomes = {"created": 0, "updated": 0, "unchanged": 0}
    changed: dict[tuple[str, date], Deployment] = {}
    moved: set[str] = set()
    changes = ChangeLog()
    for number, line in lines:
        entry = known.get(line.camera) or _Known(Camera(name=line.camera, made_by_import=record))
        clash = _clash(entry, line)
        if clash is not None:
            text = OVERLAP.format(start=clash.started_on, end=clash.ended_on or "now")
            refusals.append(Refusal(number, line.camera, RefusalReason.CONFLICT, text))
            continue
        if line.camera not in known:
            known[line.camera] = entry
            new_cameras.add(line.camera)
        moves = line.place is not None and line.place != (
            entry.camera.latitude,
            entry.camera.longitude,
        )
        if moves and line.place:
            place = values_of(entry.camera, PLACE)
            entry.camera.latitude, entry.camera.longitude = line.place
            moved.add(line.camera)
            if line.camera not in new_cameras:
                changes.note_changes(entry.camera, place)
        old = entry.deployments.get(line.started_on)
        if old is None:
            outcomes["created"] += 1
        elif moves or old.ended_on != line.ended_on:
            outcomes["updated"] += 1
        else:
            outcomes["unchanged"] += 1
            continue
        row = old or Deployment(
            camera=entry.camera, started_on=line.started_on, made_by_import=record
        )
        end = values_of(row, ENDS)
        row.ended_on = line.ended_on
        if old is not None and old.made_by_import_id != record.pk:
            changes.note_changes(row, end)
        entry.deployments[line.started_on] = row
        changed[line.camera, line.started_on] = row
    Camera.objects.bulk_create(known[name].camera for name in sorted(new_cameras))
    Camera.objects.bulk_update(
        [known[name].camera for name in moved - new_cameras], ["latitude", "longitude"]
    )
    rows = changed.values()
    Deployment.objects.bulk_create(row for row in rows if row._state.adding)
    Deployment.objects.bulk_update([row for row in rows if not row._state.adding], ["ended_on"])
    changes.write(record)
    return DeploymentReport(
        **outcomes,
        cameras=len(new_cameras),
        refusals=tuple(sorted(refusals, key=lambda refusal: refusal.line)),
        dry_run=dry_run,
    )


def _clash(entry: _Known, line: _Line) -> Deployment | None:
    """A deployment of the camera, other than the line's own, that shares a day with it."""
    for other in entry.deployments.values():
        if (
            other.started_on != line.started_on
            and other.started_on <= (line.ended_on or date.max)
            and line.started_on <= (other.ended_on or date.max)
        ):
            return other
    return None


def _parse(path: Path) -> tuple[list[tuple[int, _Line]], list[Refusal]]:
    if not path.is_file():
        raise SourceProblem(NO_FILE.format(path=path.name))
    lines: list[tuple[int, _Line]] = []
    refusals: list[Refusal] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            if not {"camera", "started_on"} <= set(reader.fieldnames or ()):
                raise SourceProblem(NO_COLUMNS.format(source=path.name))
            for row in reader:
                cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
                try:
                    lines.append((reader.line_num, _line(cells)))
                except ValueError as error:
                    refusals.append(
                        Refusal(reader.line_num, cells["camera"], RefusalReason.ROW, str(error))
                    )
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceProblem(NOT_CSV.format(source=path.name, error=error)) from error
    return lines, refusals


def _line(cells: dict[str, str]) -> _Line:
    camera = cells["camera"]
    if not camera or not camera.isprintable() or len(camera) > _LONGEST:
        raise ValueError(BAD_CAMERA.format(longest=_LONGEST))
    started_on = _day("started_on", cells)
    ended_on = _day("ended_on", cells) if cells["ended_on"] else None
    if ended_on is not None and ended_on < started_on:
        raise ValueError(BACKWARDS)
    if bool(cells["latitude"]) != bool(cells["longitude"]):
        raise ValueError(HALF_A_PLACE)
    place = None
    if cells["latitude"]:
        place = (_degrees("latitude", cells, 90), _degrees("longitude", cells, 180))
    return _Line(camera, place, started_on, ended_on)


def _day(name: str, cells: dict[str, str]) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", cells[name], re.ASCII):
            return date.fromisoformat(cells[name])
    except ValueError:  # 2025-02-30: the shape of a day, and none
        pass
    raise ValueError(BAD_DATE.format(name=name, text=cells[name]))


def _degrees(name: str, cells: dict[str, str], limit: int) -> Decimal:
    """Degrees rounded to the six decimals that are stored: a tenth of a metre."""
    text = cells[name]
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{0,20})?", text, re.ASCII) and abs(Decimal(text)) <= limit:
        return round(Decimal(text), 6)
    raise ValueError(BAD_DEGREES.format(name=name, text=text, limit=limit))
