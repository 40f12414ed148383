"""Files of a survey for R: its frozen captures and effort, as secr, camtrapR and unmarked read them, and a script that reads them. Pure."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from analysis.population import to_r
from reid.cameras.days import DAY, runs_of
from reid.cameras.projection import in_metres

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from analysis.population.occasions import Occasions
    from analysis.surveys.material import Material

NO_PLACES: Final = "secr needs to know where each camera is: give {cameras} a place, or make a survey without them."
NOON: Final = time(12)
"""Of a capture the day is known, not the hour."""
FIRST_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Of the entries of an archive: the same survey makes the same bytes."""

SECR: Final = """\
# Deer as captures of secr: detectors in metres, usage in days, one capture a deer, occasion and camera.
library(secr)
captures <- read.capthist("captures.txt", "traps.txt", detector = "proximity", binary.usage = FALSE,
                          noccasions = {occasions})
summary(captures)
"""
CAMTRAPR: Final = """\
# Deer as records of camtrapR. Of a capture the day is known, not the hour: all are at noon. history.csv: any deer at all.
library(camtrapR)
stations <- read.csv("stations.csv")
records <- read.csv("records.csv", colClasses = "character")
operation <- cameraOperation(stations, stationCol = "Station", setupCol = "Setup_date",
                             retrievalCol = "Retrieval_date", hasProblems = {problems},
                             dateFormat = "%Y-%m-%d")
captures <- spatialDetectionHistory(records, species = "deer", camOp = operation, CTtable = stations,
                                    output = "binary", stationCol = "Station", speciesCol = "Species",
                                    Xcol = "utm_x", Ycol = "utm_y", individualCol = "Individual",
                                    recordDateTimeCol = "DateTimeOriginal",
                                    recordDateTimeFormat = "%Y-%m-%d %H:%M:%S", occasionLength = {days},
                                    day1 = "{start}", includeEffort = TRUE, timeZone = "UTC")
"""
UNMARKED: Final = """\
# Deer as sites of unmarked: y is 1 where any deer was captured, and effort the days that the camera ran.
library(unmarked)
sites <- csvToUMF("sites.csv", long = FALSE, type = "unmarkedFrameOccu")
summary(sites)
"""


class Package(StrEnum):
    """Packages of R that files are written for."""

    SECR = "secr"
    CAMTRAPR = "camtrapr"
    UNMARKED = "unmarked"


class NotWritable(ValueError):
    """A survey that lacks what a package needs; the message says what to do."""


def files_for(
    package: Package, material: Material, occasion_days: int, name: str
) -> dict[str, str]:
    """Texts by file name, `read.R` among them. Raises NotWritable, and ValueError for a length of occasions that does not fit."""
    occasions = material.cut(occasion_days)
    places = in_metres(material.placed())
    if package is Package.UNMARKED:
        return {"sites.csv": to_r.unmarked_table(occasions), "read.R": UNMARKED}
    if package is Package.CAMTRAPR:
        return _for_camtrapr(material, occasions, places)
    if unknown := [camera for camera in occasions.cameras if camera not in places]:
        raise NotWritable(NO_PLACES.format(cameras=", ".join(unknown)))
    return {
        "traps.txt": to_r.secr_traps(occasions, places),
        "captures.txt": to_r.secr_captures(occasions, name),
        "read.R": SECR.format(occasions=len(occasions.starts)),
    }


def zipped(files: Mapping[str, str]) -> bytes:
    """A ZIP archive of the files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, FIRST_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return out.getvalue()


def _for_camtrapr(
    material: Material, occasions: Occasions, places: Mapping[str, tuple[float, float]]
) -> dict[str, str]:
    runs: dict[str, tuple[date, date]] = {}
    problems: dict[str, list[tuple[date, date]]] = {}
    for camera in material.cameras:
        if camera.days:
            stretches = runs_of(camera.days)
            runs[camera.name] = stretches[0][0], stretches[-1][1]
            problems[camera.name] = [
                (before[1] + DAY, after[0] - DAY) for before, after in pairwise(stretches)
            ]
    records = [
        (
            item.camera,
            item.deer,
            material.sexes.get(item.deer, ""),
            datetime.combine(item.day, NOON),
        )
        for item in material.counted(occasions.days)
    ]
    return {
        "records.csv": to_r.camtrapr_records(records),
        "stations.csv": to_r.camtrapr_stations(runs, problems, places),
        "history.csv": to_r.camtrapr_history(occasions),
        "read.R": CAMTRAPR.format(
            problems="TRUE" if any(problems.values()) else "FALSE",
            days=occasions.days,
            start=f"{occasions.starts[0]:%Y-%m-%d}",
        ),
    }
