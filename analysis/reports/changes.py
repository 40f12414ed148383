"""Changes that a threshold would make, detection by detection, as table, CSV or JSON, a line at a time.

The decisions are those of `reid.identifying.apply_threshold`, which the application itself uses; nothing is written.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from reid.identifying import apply_threshold
from reid.identifying.apply_threshold import EffectKind
from reid.models import Camera, Deer
from reid.units import SCORE_UNITS
from reid.wording import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from reid.identifying.apply_threshold import Effect
    from reid.models import Detection, Scorer
    from reid.strata import Stratum

NOBODY: Final = "-"


@dataclass(frozen=True, slots=True)
class DetectionChange:
    """One detection that gets another deer, or none. `score` in [0, 1], of its sighting for the deer named last.

    `before` and `after` are names, None for nobody; `captured_at` is ISO 8601 with an offset.
    """

    change: str
    detection: str
    sighting: str | None
    camera: str | None
    captured_at: str | None
    before: str | None
    after: str | None
    score: float | None


class Foresight:
    """The changes, to be gone through once; `counts` are whole when the last one has been taken."""

    def __init__(self, scorer: Scorer, threshold: int | None, only: Stratum | None = None) -> None:
        self.scorer = scorer
        self.threshold = threshold
        self.only = only
        self.counts = apply_threshold.none_counted()

    def __iter__(self) -> Iterator[DetectionChange]:
        cameras = dict(Camera.objects.values_list("pk", "name"))
        deer = dict(Deer.objects.values_list("pk", "name"))
        for chunk in apply_threshold.what_if(self.scorer, self.threshold, self.only):
            self.counts.update(chunk.counts)
            for (detection, _), effect in zip(chunk.changes, chunk.effects, strict=True):
                yield _change(detection, effect, cameras, deer)

    def count(self) -> Foresight:
        """Go through them for the counts alone."""
        for chunk in apply_threshold.what_if(self.scorer, self.threshold, self.only):
            self.counts.update(chunk.counts)
        return self

    @property
    def title(self) -> str:
        if self.threshold is None:
            return "no threshold"
        among = "" if self.only is None else f" among {self.only.words}"
        return f"{self.threshold / SCORE_UNITS:.4f}{among}"


def _change(
    detection: Detection, effect: Effect, cameras: dict[UUID, str], deer: dict[Any, str]
) -> DetectionChange:
    image = detection.image
    captured_at = timezone.localtime(image.captured_at) if image.captured_at else None
    return DetectionChange(
        change=effect.kind.value,
        detection=str(effect.detection),
        sighting=str(effect.sighting) if effect.sighting else None,
        camera=cameras[image.camera_id] if image.camera_id else None,
        captured_at=captured_at.isoformat() if captured_at else None,
        before=deer[effect.before] if effect.before else None,
        after=deer[effect.after] if effect.after else None,
        score=None if effect.score is None else effect.score / SCORE_UNITS,
    )


_WAITS: Final = "wait for identify_detections: their scores are not up to date"
FORETOLD: Final = {
    EffectKind.ASSIGNED: "would be given a deer",
    EffectKind.REASSIGNED: "would be given another deer",
    EffectKind.WITHDRAWN: "would lose the deer that a run gave them",
    EffectKind.UNCHANGED: "would stay as they are",
    EffectKind.LEFT: _WAITS,
}
DONE: Final = {
    EffectKind.ASSIGNED: "were given a deer",
    EffectKind.REASSIGNED: "were given another deer",
    EffectKind.WITHDRAWN: "lost the deer that a run had given them",
    EffectKind.UNCHANGED: "stayed as they were",
    EffectKind.LEFT: _WAITS,
}


def summary(counts: Mapping[str, int], words: Mapping[EffectKind, str] = FORETOLD) -> list[str]:
    """The counts of `apply_threshold.none_counted` as lines for people, in the words of FORETOLD or DONE."""
    return [
        f"{counts[f'{kind}_sightings']:>8,} sightings ({counts[f'{kind}_detections']:,} detections) {what}"
        for kind, what in words.items()
        if kind is not EffectKind.LEFT or counts["left_sightings"]
    ]


def as_table(foresight: Foresight) -> Iterator[str]:
    """For a terminal of 80 columns: one line a detection, then the counts."""
    yield f"What {foresight.title} would change with the scorer {foresight.scorer}:"
    for item in foresight:
        when = item.captured_at[:16].replace("T", " ") if item.captured_at else "no time"
        score = NOBODY if item.score is None else f"{item.score:.4f}"
        names = f"{item.before or NOBODY} -> {item.after or NOBODY}"
        yield f"{item.change:<10} {when:<16} {item.detection[:8]} {score:>6}  {names}"
    yield from summary(foresight.counts)


def as_csv(foresight: Foresight) -> Iterator[str]:
    """One line a detection, with the fields of `DetectionChange`."""
    names = [field.name for field in fields(DetectionChange)]
    yield _line(names)
    for item in foresight:
        cells = asdict(item).values()
        yield _line([plain_text(cell) if isinstance(cell, str) else cell for cell in cells])


def _line(cells: list[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def as_json(foresight: Foresight) -> Iterator[str]:
    """{"space", "scorer", "threshold", "changes": [the fields of `DetectionChange`], "counts"}, a line a change."""
    threshold = None if foresight.threshold is None else foresight.threshold / SCORE_UNITS
    scorer = foresight.scorer
    space = scorer.space.fingerprint if scorer.space else None
    head = json.dumps({"space": space, "scorer": scorer.to_json(), "threshold": threshold})
    yield head[:-1] + ', "changes": ['
    comma = ""
    for item in foresight:
        yield comma + json.dumps(asdict(item))
        comma = ","
    yield '], "counts": ' + json.dumps(foresight.counts) + "}"


FORMATS: Final[dict[str, Callable[[Foresight], Iterator[str]]]] = {
    "table": as_table,
    "csv": as_csv,
    "json": as_json,
}
