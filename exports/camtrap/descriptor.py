"""Descriptor of a Camtrap DP 1.0.2 package (datapackage.json): plain JSON values from its arguments. Pure.

DeerProfile: https://camtrap-dp.tdwg.org/metadata
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from exports.camtrap.terms import ANY_ANIMAL, taxon_rank
from reid.importing.formats.packages import own_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from exports.camtrap.deployments import Placement
    from exports.camtrap.terms import Position

VERSION: Final = "1.0.2"
SCHEMAS: Final = f"https://raw.githubusercontent.com/tdwg/camtrap-dp/{VERSION}"
TABLES: Final = ("deployments", "media", "observations")
_COMMON_NAMES: Final = {
    "Odocoileus virginianus": "white-tailed deer",
    "Odocoileus hemionus": "mule deer",
    "Bos taurus": "cattle",
    "Canis latrans": "coyote",
    "Sus scrofa": "pig",
    "Procyon lotor": "raccoon",
    "Meleagris gallopavo": "wild turkey",
    ANY_ANIMAL: "animals",
}


@dataclass(frozen=True, slots=True)
class Project:
    """Who surveyed, and a samplingDesign of the profile (simpleRandom to opportunistic).

    `contributors` beside the project itself, and `licenses` by scope (data, media), as the profile has them.
    """

    title: str
    sampling_design: str
    contributors: Sequence[Mapping[str, str]] = ()
    licenses: Sequence[Mapping[str, str]] = ()


def descriptor(
    title: str,
    project: Project,
    created: datetime,
    placements: Sequence[Placement],
    positions: Iterable[Position],
    taxa: Iterable[str],
    decimals: int | None,
) -> dict[str, Any]:
    """The descriptor. There is at least one placement; `created` is aware; `decimals` is of coordinates."""
    package: dict[str, Any] = {
        "profile": f"{SCHEMAS}/camtrap-dp-profile.json",
        "name": package_name(project.title, created),
        "title": title,
        "created": created.isoformat(timespec="seconds"),
        "contributors": [
            {"title": project.title, "role": "rightsHolder"},
            *(dict(item) for item in project.contributors),
        ],
        "sources": [{"title": own_marks.PROGRAM}],
        "project": {
            "title": project.title,
            "samplingDesign": project.sampling_design,
            "captureMethod": ["activityDetection"],
            "individualAnimals": True,
            "observationLevel": ["media", "event"],
        },
        # Which rows become occurrences: those of events, for the others say the same animals again.
        "gbifIngestion": {"observationLevel": "event"},
        "spatial": _spatial(positions),
        "temporal": {
            "start": min(item.start for item in placements).date().isoformat(),
            "end": max(item.end for item in placements).date().isoformat(),
        },
        "taxonomic": [_taxon(name) for name in sorted(set(taxa))],
        "resources": [_resource(name) for name in TABLES],
    }
    if project.licenses:
        package["licenses"] = [dict(item) for item in project.licenses]
    if decimals is not None:
        package["coordinatePrecision"] = 10.0**-decimals
    return package


def package_name(title: str, created: datetime) -> str:
    """A name of a package that no other one of the project has: lower case letters, digits and hyphens.

    Examples
    --------
    >>> from datetime import datetime
    >>> package_name("Pe\u00f1a Creek <J>", datetime(2026, 1, 31, 12, 30, 5))
    'pena-creek-j-20260131123005'
    """
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", letters) or ["camera-traps"]
    return f"{'-'.join(words)}-{created:%Y%m%d%H%M%S}"


def _resource(name: str) -> dict[str, str]:
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": f"{SCHEMAS}/{name}-table-schema.json",
    }


def _spatial(positions: Iterable[Position]) -> dict[str, Any]:
    """The cameras as GeoJSON points, longitude first, each once."""
    points = {(float(item.longitude), float(item.latitude)) for item in positions}
    return {"type": "MultiPoint", "coordinates": [list(point) for point in sorted(points)]}


def _taxon(name: str) -> dict[str, Any]:
    taxon: dict[str, Any] = {"scientificName": name, "taxonRank": taxon_rank(name)}
    if name in _COMMON_NAMES:
        taxon["vernacularNames"] = {"eng": _COMMON_NAMES[name]}
    return taxon
