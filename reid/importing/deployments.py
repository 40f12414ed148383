"""Import of deployments: a table of when and where cameras ran, or did not -> cameras, deployments and outages."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from reid.grouping.locks import wait_for_others
from reid.importing.stations.tables import StationOptions, read_stations
from reid.importing.stations.writer import StationWriter
from reid.importing.writing import records
from reid.models import Import

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.contrib.auth.models import AbstractBaseUser

    from reid.importing.rows import Note, Refusal
    from reid.importing.stations.rows import Stations
    from reid.models import ImportRequest

__all__ = ["DeploymentReport", "StationOptions", "import_deployments", "write_stations"]


@dataclass(frozen=True, slots=True)
class DeploymentReport:
    """Each line is in exactly one of created, updated (an end, a time or a place), unchanged, outages, and refusals."""

    title: str
    """The format that was read, in words."""
    created: int
    updated: int
    unchanged: int
    cameras: int
    outages: int
    outages_known: int
    marks: int
    """Photographs whose time is judged otherwise by the deployments as they are now."""
    refusals: tuple[Refusal, ...]
    warnings: tuple[Note, ...]
    dry_run: bool

    @property
    def could_read(self) -> bool:
        return bool(
            self.created or self.updated or self.unchanged or self.outages or self.outages_known
        )


def import_deployments(
    path: Path,
    *,
    actor: AbstractBaseUser | None = None,
    options: StationOptions | None = None,
    dry_run: bool = False,
    request: ImportRequest | None = None,
) -> DeploymentReport:
    """Cameras, their places and the days on which they ran, both days inclusive; no end: runs still.

    A deployment is identified by its camera and first day (and time of day, where two began on one day): another
    end or place replaces the old one, so the file can be corrected and imported again. Raises SourceProblem where
    it cannot be read as a whole. `request`: what the record says it belongs to.
    """
    stations = read_stations(path, timezone.get_default_timezone(), options)
    given = asdict(options) if options else {}
    with _recorded(path, stations, actor, given, request, dry_run=dry_run) as record:
        report = write_stations(stations, record, dry_run=dry_run)
        records.beat(record, (*report.refusals, *report.warnings))
        records.complete(record, report)
    return report


def write_stations(
    stations: Stations, record: Import, *, dry_run: bool = False
) -> DeploymentReport:
    """Write what a table says, all of it in one transaction, in the name of an import."""
    writer = StationWriter(record)
    with transaction.atomic():
        # It writes photographs of cameras that it locks, and an import's batch does so the other way round.
        wait_for_others()
        writer.write(stations)
    counts = writer.counts
    return DeploymentReport(
        title=stations.title,
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        cameras=counts.cameras,
        outages=counts.outages,
        outages_known=counts.outages_known,
        marks=counts.marks,
        refusals=tuple(
            sorted((*stations.refusals, *writer.refusals), key=lambda refusal: refusal.line)
        ),
        warnings=tuple(sorted((*stations.notes, *writer.notes), key=lambda note: note.line)),
        dry_run=dry_run,
    )


@contextmanager
def _recorded(
    path: Path,
    stations: Stations,
    actor: AbstractBaseUser | None,
    given: dict[str, Any],
    request: ImportRequest | None,
    *,
    dry_run: bool,
) -> Iterator[Import]:
    """The record of the import, which says how it ended. A dry run is rolled back, its record with it."""
    with transaction.atomic():
        record = records.begin(
            Import.Kind.DEPLOYMENTS,
            path.name,
            actor=actor,
            source_format=stations.title,
            options={name: value for name, value in given.items() if value},
            request=request,
        )
        yield record
        if dry_run:
            transaction.set_rollback(True)
