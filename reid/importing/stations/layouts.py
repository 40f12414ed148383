"""Layouts of station tables: which program wrote one, and which column holds what. Pure.

A program's table is recognised by headings that no other has; any other needs columns whose names say what
they hold, in one of the spellings below.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.importing.rows import SourceProblem
from reid.importing.tables.table import TWO_COLUMNS, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIELDS: Final = (
    *("camera", "started_on", "ended_on", "latitude", "longitude"),
    *("from", "to", "reason"),
)
"""What a column of a table can be, where a person says it."""
NO_COLUMNS: Final = "{source} must have the columns camera and started_on in its first line."

_PROBLEM: Final = re.compile(r"problem(\d+)from")
_SYNONYMS: Final = {
    "camera": "camera station site location locationname placename cameraname stationname sitename",
    "started_on": "startedon start started startdate deploymentstart setupdate setup begin dateset "
    "datestart installed",
    "ended_on": "endedon end ended enddate deploymentend retrievaldate retrieval dateend removed",
    "latitude": "latitude lat decimallatitude ycoordinate",
    "longitude": "longitude lon long lng decimallongitude xcoordinate",
    "from": "from outagefrom outagestart problemfrom",
    "to": "to until outageto outageend problemto",
    "reason": "reason cause problem comment comments notes",
}
_FIELD_OF: Final = {
    spelling: name for name, spellings in _SYNONYMS.items() for spelling in spellings.split()
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Heading of each field; `problems` are camtrapR's pairs of headings of outages."""

    title: str
    columns: Mapping[str, str]
    problems: tuple[tuple[str, str], ...] = ()
    second_name: str = ""
    """Heading of what tells two cameras at one station apart."""
    is_in_metres: bool = False
    has_whole_days: bool = False
    """Whether midnight and a day's last second stand where nobody knows the time."""

    @property
    def day_headings(self) -> Iterator[str]:
        """Headings of all columns that hold days."""
        for name in ("started_on", "ended_on", "from", "to"):
            if name in self.columns:
                yield self.columns[name]
        for pair in self.problems:
            yield from pair


def find_layout(
    headings: tuple[str, ...], source: str, columns: Mapping[str, str] | None = None
) -> Layout:
    """The layout of a table by its headings, or as a person says: `columns` has headings by field.

    Raises SourceProblem: NO_COLUMNS, or TWO_COLUMNS where two headings answer to one name that is read.
    """
    if said := {name: heading for name, heading in (columns or {}).items() if heading}:
        layout = _as_said(said, source)
    else:
        layout = _layout({fold(heading): heading for heading in headings}, source)
    count = Counter(fold(heading) for heading in headings)
    for heading in (*layout.columns.values(), *layout.day_headings, layout.second_name):
        if count[fold(heading)] > 1:
            raise SourceProblem(TWO_COLUMNS.format(source=source, name=heading))
    return layout


def _as_said(columns: dict[str, str], source: str) -> Layout:
    """The layout that a person gives: a table of outages where it has their days, else one of deployments."""
    if "camera" in columns and {"from", "to"} <= columns.keys():
        names = ("camera", "from", "to", "reason")
        return Layout("a table of outages", {n: columns[n] for n in names if n in columns})
    if {"camera", "started_on"} <= columns.keys():
        return Layout("a table of deployments", _without_outages(columns))
    raise SourceProblem(NO_COLUMNS.format(source=source))


def _layout(plain: dict[str, str], source: str) -> Layout:
    columns: dict[str, str] = {}
    for spelling, name in _FIELD_OF.items():  # the first spelling of a field is the likeliest
        if spelling in plain:
            columns.setdefault(name, plain[spelling])
    if {"deploymentid", "deploymentstart"} <= plain.keys():
        columns |= {
            "camera": plain.get("locationname", ""),
            "location_id": plain.get("locationid", ""),
            "deployment_id": plain["deploymentid"],
            "started_on": plain["deploymentstart"],
        }
        title = "Camtrap DP deployments"
        return Layout(title, _without_outages(columns), has_whole_days=True)
    if {"station", "setupdate", "retrievaldate"} <= plain.keys():
        is_in_metres = {"utmx", "utmy"} <= plain.keys() and "latitude" not in columns
        columns |= {"camera": plain["station"], "started_on": plain["setupdate"]}
        columns["ended_on"] = plain["retrievaldate"]
        if is_in_metres:
            columns |= {"latitude": plain["utmy"], "longitude": plain["utmx"]}
        return Layout(
            "camtrapR station table",
            _without_outages(columns),
            tuple(
                (plain[name], plain[f"problem{match[1]}to"])
                for name in plain
                if (match := _PROBLEM.fullmatch(name)) and f"problem{match[1]}to" in plain
            ),
            plain.get("camera", ""),
            is_in_metres,
        )
    if {"projectid", "deploymentid", "placename", "startdate"} <= plain.keys():
        columns["camera"] = plain["placename"]
        title = "Wildlife Insights deployments"
        return Layout(title, _without_outages(columns), has_whole_days=True)
    if "camera" in columns and {"from", "to"} <= columns.keys() and "started_on" not in columns:
        return Layout("a table of outages", columns)
    if "camera" in columns and "started_on" in columns:
        return Layout("a table of deployments", _without_outages(columns))
    raise SourceProblem(NO_COLUMNS.format(source=source))


def _without_outages(columns: dict[str, str]) -> dict[str, str]:
    return {name: heading for name, heading in columns.items() if name not in ("from", "to")}
