"""Files for R: what secr, camtrapR and unmarked read, as text. Pure.

Formats: `read.capthist` and `read.traps` of secr (Efford, secr-datainput), `recordTableIndividual` and `cameraOperation` of camtrapR
(Niedballa and others, Methods in Ecology and Evolution 7:1457, 2016), a site by occasion table for `unmarkedFrameOccu` and others of unmarked.
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


def plain_names(names: Sequence[str]) -> dict[str, str]:
    """Of each name one that R reads as one word: letters, digits, dots and hyphens; a number tells equal ones apart."""
    given: dict[str, str] = {}
    used: Counter[str] = Counter()
    for name in names:
        plain = re.sub(r"[^0-9A-Za-z.-]+", "_", name.strip()) or "_"
        used[plain.lower()] += 1
        given[name] = plain if used[plain.lower()] == 1 else f"{plain}_{used[plain.lower()]}"
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
    """Record table: one row for each photograph of (camera, class, deer, local time), in their order."""
    rows = [
        (camera, species, deer, f"{at:%Y-%m-%d %H:%M:%S}", f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}")
        for camera, species, deer, at in records
    ]
    return _csv(("Station", "Species", "Individual", "DateTimeOriginal", "Date", "Time"), rows)


def camtrapr_stations(
    runs: Mapping[str, tuple[date, date]],
    problems: Mapping[str, Sequence[tuple[date, date]]],
    places: Mapping[str, tuple[float, float]],
) -> str:
    """Camera table: place, first and last day, and the intervals in which a camera did not work, as many columns as the most have."""
    most = max((len(intervals) for intervals in problems.values()), default=0)
    heading = ["Station", "utm_x", "utm_y", "Setup_date", "Retrieval_date"]
    for number in range(1, most + 1):
        heading += [f"Problem{number}_from", f"Problem{number}_to"]
    rows = []
    for camera, (first, last) in sorted(runs.items()):
        x, y = places[camera]
        row = [camera, f"{x:.2f}", f"{y:.2f}", first.isoformat(), last.isoformat()]
        intervals = problems.get(camera, ())
        for start, end in intervals:
            row += [start.isoformat(), end.isoformat()]
        rows.append(row + [MISSING] * (2 * (most - len(intervals))))
    return _csv(heading, rows)


def unmarked_table(occasions: Occasions) -> str:
    """Sites and occasions: 1 where any deer was captured, 0 where none was, NA where the camera did not run; then effort in days."""
    count = len(occasions.starts)
    heading = [
        "site",
        *(f"y.{n + 1}" for n in range(count)),
        *(f"effort.{n + 1}" for n in range(count)),
    ]
    seen = occasions.captures.sum(axis=0) > 0
    rows = []
    for column, camera in enumerate(occasions.cameras):
        effort = occasions.effort[:, column]
        answers = [
            str(int(hit)) if days else MISSING
            for hit, days in zip(seen[:, column], effort, strict=True)
        ]
        rows.append([camera, *answers, *(f"{days:g}" for days in effort)])
    return _csv(heading, rows)


def _csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue()
