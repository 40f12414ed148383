"""Files for R: what secr, camtrapR and unmarked read, as text. Pure.

Formats: `read.capthist` and, with binary.usage = FALSE, `read.traps` of secr (Efford, secr-datainput); the record table of individuals,
the camera table of `cameraOperation` and the history of `detectionHistory` of camtrapR (Niedballa and others, Methods in Ecology and
Evolution 7:1457, 2016); the wide table of `csvToUMF` of unmarked (Fiske and Chandler, Journal of Statistical Software 43:10, 2011).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from analysis.population.occasions import Occasions

MISSING: Final = "NA"
SPECIES: Final = "deer"


def plain_names(names: Sequence[str]) -> dict[str, str]:
    """Of each name one that R reads as one word: letters, digits, dots and hyphens; a number tells equal ones apart."""
    given: dict[str, str] = {}
    used: set[str] = set()
    equal: Counter[str] = Counter()
    for name in names:
        plain = word = re.sub(r"[^0-9A-Za-z.-]+", "_", name.strip()) or "_"
        while word.lower() in used:
            equal[plain.lower()] += 1
            word = f"{plain}_{equal[plain.lower()] + 1}"
        used.add(word.lower())
        given[name] = word
    return given


def secr_traps(occasions: Occasions, places: Mapping[str, tuple[float, float]]) -> str:
    """Detectors: name, easting and northing in metres, and the days that each ran in each occasion (its usage)."""
    name_of = plain_names(occasions.cameras)
    lines = ["# Detector x y usage (days of each occasion)"]
    for column, camera in enumerate(occasions.cameras):
        x, y = places[camera]
        usage = " ".join(f"{days:g}" for days in occasions.effort[:, column])
        lines.append(f"{name_of[camera]} {x:.2f} {y:.2f} {usage}")
    return "\n".join(lines) + "\n"


def secr_captures(occasions: Occasions, session: str = "1") -> str:
    """Captures: session, animal, occasion from 1, detector; one line for each deer, occasion and camera."""
    camera_of, deer_of = plain_names(occasions.cameras), plain_names(occasions.deer)
    (session_name,) = plain_names([session]).values()
    lines = ["# Session ID Occasion Detector"]
    for row, occasion, column in zip(*occasions.captures.nonzero(), strict=True):
        deer, camera = occasions.deer[row], occasions.cameras[column]
        lines.append(f"{session_name} {deer_of[deer]} {occasion + 1} {camera_of[camera]}")
    return "\n".join(lines) + "\n"


def camtrapr_records(records: Iterable[tuple[str, str, str, datetime]]) -> str:
    """Record table: one row for each (camera, deer, class, local time), in their order."""
    rows = [
        (camera, SPECIES, deer, of, f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}")
        for camera, deer, of, at in records
    ]
    heading = ("Station", "Species", "Individual", "Class", "DateTimeOriginal", "Date", "Time")
    return _csv(heading, rows)


def camtrapr_stations(
    runs: Mapping[str, tuple[date, date]],
    problems: Mapping[str, Sequence[tuple[date, date]]],
    places: Mapping[str, tuple[float, float]],
) -> str:
    """Camera table: place in metres (NA where nobody said it), first and last day, and the intervals, both ends included, in which a camera
    did not work, as many columns as the most have."""
    most = max((len(intervals) for intervals in problems.values()), default=0)
    heading = ["Station", "utm_x", "utm_y", "Setup_date", "Retrieval_date"]
    for number in range(1, most + 1):
        heading += [f"Problem{number}_from", f"Problem{number}_to"]
    rows = []
    for camera, (first, last) in sorted(runs.items()):
        place = [f"{value:.2f}" for value in places.get(camera, ())] or [MISSING, MISSING]
        row = [camera, *place, first.isoformat(), last.isoformat()]
        intervals = problems.get(camera, ())
        for start, end in intervals:
            row += [start.isoformat(), end.isoformat()]
        rows.append(row + [MISSING] * (2 * (most - len(intervals))))
    return _csv(heading, rows)


def camtrapr_history(occasions: Occasions) -> str:
    """Detection history: stations and occasions, as `_answers` has them."""
    heading = ["Station", *(f"o{n + 1}" for n in range(len(occasions.starts)))]
    return _csv(heading, [[camera, *answers] for camera, answers in _answers(occasions)])


def unmarked_table(occasions: Occasions) -> str:
    """Sites and occasions, as `_answers` has them; then effort in days."""
    count = len(occasions.starts)
    heading = [
        "site",
        *(f"y.{n + 1}" for n in range(count)),
        *(f"effort.{n + 1}" for n in range(count)),
    ]
    rows = [
        [camera, *answers, *(f"{days:g}" for days in effort)]
        for (camera, answers), effort in zip(_answers(occasions), occasions.effort.T, strict=True)
    ]
    return _csv(heading, rows)


def _answers(occasions: Occasions) -> list[tuple[str, list[str]]]:
    """Of each camera by occasion: 1 where any deer was captured, 0 where none was, NA where the camera did not run."""
    seen = occasions.captures.sum(axis=0) > 0
    return [
        (
            camera,
            [
                str(int(hit)) if days else MISSING
                for hit, days in zip(seen[:, column], occasions.effort[:, column], strict=True)
            ],
        )
        for column, camera in enumerate(occasions.cameras)
    ]


def _csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue()
