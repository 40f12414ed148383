"""Writing of stations: stays and outages into cameras, deployments and outages; again, and nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.clocks.marks import mark_clock_problems
from reid.importing.rows import Note, Refusal, RefusalReason
from reid.importing.stations.names import by_survivor, name_keys
from reid.importing.stations.places import suspicion
from reid.importing.stations.tables import SUSPICIOUS_PLACE
from reid.importing.writing.alike import AlikeNames
from reid.models import Camera, Deployment, ImportChange, Outage
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from reid.importing.stations.rows import Gap, Place, Stations, Stay
    from reid.models import Import

OUTAGE_OVERLAP: Final = (
    "the camera was out already from {start} to {end}: outages of one camera may not overlap"
)

_FIELDS: Final = ("started_at", "ended_on", "ended_at", "latitude", "longitude")
_PLACE: Final = ("latitude", "longitude")


@dataclass(slots=True)
class StationCounts:
    """Each stay is in exactly one of created, updated and unchanged, or refused; so is each outage."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    cameras: int = 0
    outages: int = 0
    outages_known: int = 0
    marks: int = 0
    """Photographs whose time is judged otherwise by the deployments as they are now."""


@dataclass(slots=True)
class StationWriter:
    """One import's writing of stations; the caller holds the transaction."""

    record: Import
    counts: StationCounts = field(default_factory=StationCounts)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _cameras: dict[str, Camera] = field(default_factory=dict)
    _stays: dict[str, list[Deployment]] = field(default_factory=dict)
    _gaps: dict[str, list[Outage]] = field(default_factory=dict)
    _touched: dict[UUID, Deployment] = field(default_factory=dict)
    """Deployments to be written."""
    _changes: list[ImportChange] = field(default_factory=list)

    def write(self, stations: Stations) -> None:
        """Write what the table says; what contradicts the store, or another line, is refused."""
        stays, gaps = by_survivor(stations)
        self._learn(name_keys(stays, gaps))
        for stay in stays:
            if (deployment := self._stay(stay)) is not None:
                self._touched[deployment.pk] = deployment
        outages = {gap.pk: gap for row in gaps if (gap := self._gap(row)) is not None}
        moved = self._move()
        touched = self._touched.values()
        new = [camera for camera in self._cameras.values() if camera._state.adding]
        self.counts.cameras = len(new)
        Camera.objects.bulk_create(sorted(new, key=lambda camera: camera.name))
        self.notes += AlikeNames(Camera).notes([camera.name for camera in new])
        Camera.objects.bulk_update(moved, _PLACE)
        new_rows = [row for row in touched if row._state.adding]
        old_rows = [row for row in touched if not row._state.adding]
        Deployment.objects.bulk_create(new_rows)
        Deployment.objects.bulk_update(old_rows, _FIELDS)
        new_outages = [row for row in outages.values() if row._state.adding]
        old_outages = [row for row in outages.values() if not row._state.adding]
        Outage.objects.bulk_create(new_outages)
        Outage.objects.bulk_update(old_outages, ["ended_on", "reason"])
        ImportChange.objects.bulk_create(self._changes)
        moved_days = {row.camera_id for row in touched}
        known = [camera for camera in self._cameras.values() if camera not in new]
        self.counts.marks = mark_clock_problems(
            camera for camera in known if camera.pk in moved_days
        )

    def _learn(self, keys: set[str]) -> None:
        self._cameras = Camera.objects.select_for_update().in_bulk(
            sorted(keys), field_name="name_key"
        )
        key_of = {camera.pk: key for key, camera in self._cameras.items()}
        self._stays = {key: [] for key in keys}
        self._gaps = {key: [] for key in keys}
        for deployment in Deployment.objects.filter(camera__in=key_of):
            self._stays[key_of[deployment.camera_id]].append(deployment)
        for outage in Outage.objects.filter(camera__in=key_of):
            self._gaps[key_of[outage.camera_id]].append(outage)

    def _camera(self, name: str) -> Camera:
        return self._cameras.get(name_key(name)) or Camera(name=name, made_by_import=self.record)

    def _stay(self, row: Stay) -> Deployment | None:
        """The deployment that the row makes or changes; None where it is refused or says nothing new."""
        key, camera = name_key(row.camera), self._camera(row.camera)
        old = _same(row, self._stays[key])
        asked = Deployment(
            camera=camera,
            started_on=row.started_on,
            started_at=row.started_at or (old.started_at if old else None),
            ended_on=row.ended_on,
            ended_at=row.ended_at
            or (old.ended_at if old and old.ended_on == row.ended_on else None),
            made_by_import=self.record,
        )
        asked.latitude, asked.longitude = row.place or (
            (old.latitude, old.longitude) if old else (None, None)
        )
        for other in self._stays[key]:
            if other is not old and asked.overlaps(other):
                text = other.overlap_text()
                self.refusals.append(Refusal(row.line, row.camera, RefusalReason.CONFLICT, text))
                return None
        self._cameras[key] = camera
        if row.place:
            self._suspect(row, row.place)
        if old is None:
            self.counts.created += 1
            self._stays[key].append(asked)
            return asked
        if not self._change("deployment", old, {name: getattr(asked, name) for name in _FIELDS}):
            self.counts.unchanged += 1
            return None
        self.counts.updated += 1
        return old

    def _gap(self, row: Gap) -> Outage | None:
        key, camera = name_key(row.camera), self._camera(row.camera)
        for other in self._gaps[key]:
            if other.started_on == row.started_on:
                values = {"ended_on": row.ended_on, "reason": row.reason or other.reason}
                if self._change("outage", other, values):
                    self.counts.outages += 1
                    return other
                self.counts.outages_known += 1
                return None
            if other.started_on <= row.ended_on and row.started_on <= other.ended_on:
                text = OUTAGE_OVERLAP.format(start=other.started_on, end=other.ended_on)
                self.refusals.append(Refusal(row.line, row.camera, RefusalReason.CONFLICT, text))
                return None
        self._cameras[key] = camera
        outage = Outage(
            camera=camera,
            started_on=row.started_on,
            ended_on=row.ended_on,
            reason=row.reason,
            made_by_import=self.record,
        )
        self._gaps[key].append(outage)
        self.counts.outages += 1
        return outage

    def _move(self) -> list[Camera]:
        """Give each camera the place of its latest deployment that has one; the cameras that are stored and change.

        Deployments without a place stand where the camera stood until now: they take its old place first.
        """
        moved = []
        moving = {row.camera_id for row in self._touched.values()}
        for key, camera in self._cameras.items():
            placed = [row for row in self._stays[key] if row.latitude is not None]
            if not placed or camera.pk not in moving:
                continue
            latest = max(placed, key=Deployment.began)
            values = {name: getattr(latest, name) for name in _PLACE}
            old = {name: getattr(camera, name) for name in _PLACE}
            if camera._state.adding:
                camera.latitude, camera.longitude = latest.latitude, latest.longitude
            elif old != values:
                if old["latitude"] is not None:
                    for row in self._stays[key]:
                        if row.latitude is None and self._change("deployment", row, old):
                            self._touched[row.pk] = row
                self._change("camera", camera, values)
                moved.append(camera)
        return moved

    def _change(self, model: str, row: Any, values: dict[str, Any]) -> bool:
        """Set the values that differ, noted where the row is stored; whether any did."""
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in changed.items():
            if not row._state.adding:
                self._changes.append(
                    ImportChange(
                        record=self.record,
                        model=model,
                        row=row.pk,
                        field=name,
                        before=_plain(getattr(row, name)),
                        after=_plain(value),
                    )
                )
            setattr(row, name, value)
        return bool(changed)

    def _suspect(self, row: Stay, place: Place) -> None:
        others = _places(
            deployment
            for key, deployments in self._stays.items()
            if key != name_key(row.camera)
            for deployment in deployments
        )
        stored = Camera.objects.exclude(name_key=name_key(row.camera)).exclude(latitude=None)
        others |= {(camera[0], camera[1]) for camera in stored.values_list(*_PLACE)}
        if text := suspicion(place, others):
            self.notes.append(Note(SUSPICIOUS_PLACE, text, row.line, row.camera))


def _places(rows: Iterable[Deployment]) -> set[Place]:
    return {
        (row.latitude, row.longitude)
        for row in rows
        if row.latitude is not None and row.longitude is not None
    }


def _same(row: Stay, stored: list[Deployment]) -> Deployment | None:
    """The stored deployment that the row speaks of: it began on the same day, at the same time where both say one."""
    same_day = [item for item in stored if item.started_on == row.started_on]
    for item in same_day:
        if item.started_at == row.started_at:
            return item
    if len(same_day) == 1 and (row.started_at is None or same_day[0].started_at is None):
        return same_day[0]
    return None


def _plain(value: Any) -> str | None:
    """A value as JSON keeps it."""
    return None if value is None else str(value)
