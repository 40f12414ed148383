"""Relabelling: words of sources are read again with the ranch's own, and nothing that a person said is touched."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reid.management.commands import classify_detections, relabel_detections
from reid.models import ClassLabel, Detection, Operation
from reid.reviewing import ReviewRefused, correct_class, relabel, undo
from reid.reviewing.ledger import NOTHING_CHANGES
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(django_user_model: Any) -> User:
    ranger: User = django_user_model.objects.create(username="ranger")
    return ranger


def one(word: str, classification: str = "animal", **fields: Any) -> Detection:
    return make.detection(
        classification=classification, source_label=word, sighting=make.sighting(), **fields
    )


def class_of(detection: Detection) -> str:
    detection.refresh_from_db()
    return str(detection.effective_class)


def test_words_that_are_known_by_now_give_their_class_and_the_operation_is_undone(
    user: User,
) -> None:
    guapo, other, without = one("El Guapo"), one("coyote", "coyote"), one("")
    ClassLabel.objects.create(word="guapo", classification="buck")
    operation = relabel(actor=user)
    assert [class_of(item) for item in (guapo, other, without)] == ["buck", "coyote", "animal"]
    assert guapo.scores_stale
    event = operation.events.get(field="classification")
    assert (event.detection, event.before, event.after) == (guapo, "animal", "buck")
    undo(operation=operation.pk, actor=user)
    assert class_of(guapo) == "animal"


def test_what_an_older_version_lost_as_other_is_found_again(user: User) -> None:
    lost = one("cervidae family", "other")
    relabel(actor=user)
    assert class_of(lost) == "unknown_deer"


def test_a_detectors_unknown_stays_an_animal(user: User) -> None:
    by_detector, by_hand = one("unknown", detector="md_v5a"), one("unknown")
    relabel(actor=user)
    assert [class_of(by_detector), class_of(by_hand)] == ["animal", "unknown_deer"]


def test_what_a_person_said_is_left_alone(user: User) -> None:
    corrected, looked_at = one("deer"), one("deer")
    correct_class(versions={corrected.pk: 0}, classification="cattle", actor=user)
    Detection.objects.filter(pk=looked_at.pk).update(reviewed_by=user)
    reviewed = one("deer", "doe", deer=make.deer(), identity_source="reviewed")
    with pytest.raises(ReviewRefused, match=NOTHING_CHANGES):
        relabel(actor=user)
    assert [class_of(item) for item in (corrected, looked_at, reviewed)] == [
        "cattle",
        "animal",
        "doe",
    ]


def test_a_class_that_rules_the_deer_out_overrules_a_run_and_no_import(user: User) -> None:
    buck = make.deer(sex="buck")
    imported = one("guapa", "unknown_deer", deer=buck)
    guessed = one("guapa", "unknown_deer", deer=buck, identity_source="auto")
    fitting = one("guapa", "unknown_deer", deer=make.deer())
    ClassLabel.objects.create(word="guapa", classification="doe")
    relabel(actor=user)
    assert [class_of(item) for item in (imported, guessed, fitting)] == [
        "unknown_deer",
        "doe",
        "doe",
    ]
    assert (imported.deer, guessed.deer) == (buck, None)
    assert fitting.deer is not None


def output_of(*arguments: str) -> str:
    out = io.StringIO()
    call_command("relabel_detections", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_the_command_keeps_the_words_and_counts_what_became_of_them(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("guapo,buck\nfeo,pig\n")
    deer = [one("guapo"), one("guapo")]
    pig = one("feo")
    text = output_of("--labels", str(file), "--dry-run")
    assert text.startswith(relabel_detections.DRY_RUN)
    assert not ClassLabel.objects.exists()
    assert class_of(pig) == "animal"
    text = output_of("--labels", str(file))
    assert "         2  animal are buck now\n         1  animal are pig now\n" in text
    assert classify_detections.NEXT in text
    assert [class_of(item) for item in (*deer, pig)] == ["buck", "buck", "pig"]
    assert ClassLabel.objects.count() == 2
    file.write_text("hermoso,buck\n")
    assert output_of("--labels", str(file)).strip() == relabel_detections.ONLY_KEPT
    assert ClassLabel.objects.count() == 3
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("arguments", [(), ("--labels", "none.csv"), ("--user", "nobody")])
def test_the_command_says_why_it_does_nothing(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"^(Nothing would change|There is no)"):
        output_of(*arguments)
