"""The notes on the data: said where there is something to say, and only there."""

from __future__ import annotations

from dataclasses import replace

from exports.report.caveats import DEFINITIONS, notes
from exports.report.counting.days import Watch
from exports.tests import build


def test_the_notes_say_what_is_doubtful() -> None:
    watches = {
        build.NORTH: build.watch("North gate", estimated=True),
        build.SOUTH: Watch("South plot", frozenset(), estimated=False),
    }
    rows = [
        *build.seen(build.at(10, 5), "doe", "doe", is_reviewed=False, is_machine_identity=True),
        *build.seen(build.at(10, 6), "doe", "doe", camera=build.SOUTH),
    ]
    period = build.period(*rows, watches=watches, invalid_left_out=1, untimed_images=2)
    assert notes(build.summary(period)) == (
        "50% of the detections (2 of 4) have not been reviewed by a person; "
        "2 got their deer from the machine.",
        "1 detection marked invalid left out.",
        "No deployments are recorded for 1 of 1 camera: camera-days are estimated (~) from the first "
        "to the last image.",
        "1 sighting of days on which no camera is known to have run: counted, but in no rate.",
        "2 images without a capture time are in no period and not counted.",
        *DEFINITIONS,
    )


def test_names_that_were_certified_for_their_batch_are_said_to_be() -> None:
    rows = build.seen(
        build.at(10, 5), "doe", is_reviewed=False, is_machine_identity=True, is_certified=True
    )
    assert notes(build.summary(build.period(*rows)))[1] == (
        "1 detection of these bears a name that was certified for this batch: a person judged a sample, which bounds "
        "how many names of that batch are wrong, and says nothing of any other sighting."
    )


def test_sound_data_needs_the_definitions_and_the_reviewed_share_alone() -> None:
    assert notes(build.summary(build.period())) == DEFINITIONS
    reviewed = "0% of the detections (0 of 1) have not been reviewed by a person; 0 got their deer "
    assert notes(build.summary(build.period(*build.many(10, 1)))) == (
        f"{reviewed}from the machine.",
        *DEFINITIONS,
    )


def test_what_the_threshold_in_force_leaves_for_review_is_said() -> None:
    left = "Sightings without a pattern are left for review: their false names cannot be bounded."
    summary = replace(build.summary(build.period()), left_for_review=left)
    assert notes(summary) == (left, *DEFINITIONS)


def test_a_class_that_was_detected_and_never_counts_as_a_sighting_is_explained() -> None:
    rows = build.seen(build.at(10, 1), "doe", "unknown_deer")
    said = notes(build.summary(build.period(*rows)))
    assert any(
        note.startswith("Unknown deer: 1 detection and no sighting, because") for note in said
    )
