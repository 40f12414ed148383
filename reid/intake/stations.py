"""Tables of where cameras stood, imported in the browser: kept, their columns named, looked at, written."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from reid.importing.deployments import StationOptions, import_deployments
from reid.importing.rows import SourceProblem
from reid.importing.stations.layouts import find_layout
from reid.importing.tables.table import read_table
from reid.intake import requests, sources, uploads
from reid.intake.refusals import IntakeRefused
from reid.intake.uploads import Announced
from reid.models import ImportRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from django.contrib.auth.models import User

    from reid.importing.deployments import DeploymentReport

MOST_BYTES: Final = 5 * 2**20
"""A table of ten thousand deployments has not half of that."""
SHOWN_ROWS: Final = 5
TOO_LARGE: Final = "A table of deployments has at most {most} MB: this one is something else."


@dataclass(frozen=True, slots=True)
class StationHead:
    """The beginning of a table: its headings, its first rows, what is known of its columns, or why nothing is."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str
    columns_of: Mapping[str, str]
    problem: str = ""


def create(actor: User, name: str, content: bytes) -> ImportRequest:
    """An import of the table that this is. Raises IntakeRefused for what is no table."""
    if len(content) > MOST_BYTES:
        raise IntakeRefused(TOO_LARGE.format(most=MOST_BYTES // 2**20))
    made = requests.create_upload(actor, name[: requests.LONGEST_TITLE])
    made.kind = ImportRequest.Kind.STATIONS
    made.save(update_fields=["kind"])
    try:
        file, _is_new = uploads.begin(made, Announced(name, len(content)))
        uploads.append(file, 0, io.BytesIO(content), len(content))
        made.source = sources.find(made, file.path)
    except IntakeRefused:
        requests.delete_files(made)
        made.delete()
        raise
    made.save(update_fields=["source"])
    return made


def give_answers(request: ImportRequest, options: StationOptions) -> None:
    """Keep what a person said of the table; a preview of other answers goes. Raises NotNow."""
    requests.keep_answers(request, request.source, asdict(options))


def options_of(request: ImportRequest) -> StationOptions:
    """What was said of the table, as it is stored."""
    return StationOptions(**request.answers)


def head(request: ImportRequest) -> StationHead:
    """The table's beginning, with the columns that were named or are known. Raises SourceProblem."""
    path = _path(request)
    said = options_of(request).columns
    table = read_table(path)
    lines = list(islice(table.lines(), SHOWN_ROWS))
    rows = tuple(tuple(line.cells.get(name, "") for name in table.columns) for line in lines)
    try:
        layout = find_layout(table.columns, path.name, said)
    except SourceProblem as problem:
        return StationHead(table.columns, rows, "", said, str(problem))
    return StationHead(table.columns, rows, layout.title, layout.columns)


def preview(request: ImportRequest) -> dict[str, Any]:
    """What would be written, for a page. Raises SourceProblem."""
    return _document(_read(request, dry_run=True))


def write(request: ImportRequest) -> None:
    """Write the table into the store, as a record of its own. Raises SourceProblem."""
    _read(request, dry_run=False)


def _read(request: ImportRequest, *, dry_run: bool) -> DeploymentReport:
    return import_deployments(
        _path(request),
        actor=request.actor,
        options=options_of(request),
        dry_run=dry_run,
        request=None if dry_run else request,
    )


def _path(request: ImportRequest) -> Path:
    return sources.root_of(request) / request.source


def _document(report: DeploymentReport) -> dict[str, Any]:
    return {
        "title": report.title,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged + report.outages_known,
        "cameras": report.cameras,
        "outages": report.outages,
        "marks": report.marks,
        "warnings": [str(note) for note in report.warnings],
        "problems": [str(refusal) for refusal in report.refusals],
    }
