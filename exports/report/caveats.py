"""Caveats of a report: what its reader must know of the quality of the data, in plain sentences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exports.report import wording
from reid.wording import counted

if TYPE_CHECKING:
    from exports.report.counting.summary import PeriodSummary, SeasonSummary

DEFINITIONS: Final = (
    "A sighting is one animal in one encounter, an encounter the photographs of one camera with short "
    "gaps. It belongs to the day and hour in which its encounter began. Sightings are not animals: "
    "the same deer may be sighted often.",
    "A dash stands where a number is not defined, such as a ratio to no does.",
)


def notes(summary: SeasonSummary) -> tuple[str, ...]:
    """Of each period what is doubtful, and last what the words mean."""
    return (*doubts(summary), *DEFINITIONS)


def doubts(summary: SeasonSummary) -> tuple[str, ...]:
    """Of each period what is doubtful."""
    caveats: list[str] = []
    for period in summary.periods:
        prefix = f"{period.period.label}: " if len(summary.periods) > 1 else ""
        caveats += [prefix + note for note in _quality_notes(period)]
    untimed = summary.periods[0].quality.untimed_images
    if untimed:
        caveats.append(
            f"{counted(untimed, 'image')} without a capture time "
            f"{'is' if untimed == 1 else 'are'} in no period and not counted."
        )
    if summary.left_for_review:
        caveats.append(summary.left_for_review)
    return tuple(caveats)


def _quality_notes(period: PeriodSummary) -> list[str]:
    quality = period.quality
    notes = []
    if quality.counted:
        notes.append(
            f"{wording.share(quality.unreviewed, quality.counted)} of the detections "
            f"({wording.count(quality.unreviewed)} of {wording.count(quality.counted)}) have not been "
            f"reviewed by a person; {wording.count(quality.identified_by_machine)} got their deer "
            "from the machine."
        )
    if quality.certified:
        notes.append(
            f"{counted(quality.certified, 'detection')} of these {'bears' if quality.certified == 1 else 'bear'} "
            "a name that was certified for this batch: a person judged a sample, which bounds how many names of "
            "that batch are wrong, and says nothing of any other sighting."
        )
    for count in period.tally.by_class:
        if count.detections and not count.sightings:
            notes.append(
                f"{wording.class_name(count.classification)}: "
                f"{counted(count.detections, 'detection')} and no sighting, because other photographs of the "
                "same animals say what they are, and a sighting has one class."
            )
    if quality.invalid_left_out:
        left_out = counted(quality.invalid_left_out, "detection")
        notes.append(f"{left_out} marked invalid left out.")
    if quality.estimated_cameras:
        notes.append(
            f"No deployments are recorded for {wording.count(quality.estimated_cameras)} of "
            f"{counted(quality.cameras, 'camera')}: camera-days are estimated (~) from the "
            "first to the last image."
        )
    if quality.sightings_outside_effort:
        outside = counted(quality.sightings_outside_effort, "sighting")
        notes.append(
            f"{outside} of days on which no camera is known to have run: counted, but in no rate."
        )
    if not period.effort.camera_days:
        notes.append("No camera-days are known, so rates are not defined.")
    return notes
