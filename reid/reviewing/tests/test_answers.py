"""Answers of a classifier taken over: what is vague becomes exact, and nothing that a person said is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.models import ClassLabel, Detection
from reid.reviewing import (
    ClassAnswer,
    ReviewRefused,
    correct_class,
    open_to_classifiers,
    relabel,
    take_answers,
    undo,
)
from reid.reviewing.ledger import NOTHING_CHANGES
from reid.taxonomy import Classification
from reid.tests import make

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db
C = Classification


@pytest.fixture
def user(django_user_model: Any) -> User:
    ranger: User = django_user_model.objects.create(username="ranger")
    return ranger


def one(classification: str = "animal", **fields: Any) -> Detection:
    return make.detection(classification=classification, sighting=make.sighting(), **fields)


def of(detection: Detection) -> tuple[str, str, str]:
    detection.refresh_from_db()
    return detection.classification, detection.classifier_label, detection.classifier


def test_a_vague_class_becomes_the_answer_and_the_operation_is_undone(user: User) -> None:
    animal, deer = one(source_label="animal"), one("unknown_deer")
    answers = {animal.pk: ClassAnswer(C.CATTLE, "cow"), deer.pk: ClassAnswer(C.BUCK, "stag")}
    operation = take_answers(answers, classifier="ranch 1", actor=user)
    assert of(animal) == ("cattle", "cow", "ranch 1")
    assert of(deer) == ("buck", "stag", "ranch 1")
    assert animal.source_label == "animal"
    assert (animal.scores_stale, deer.scores_stale) == (False, True)
    undo(operation=operation.pk, actor=user)
    assert of(animal) == ("animal", "", "")
    assert of(deer) == ("unknown_deer", "", "")


def test_what_is_not_sure_is_noted_and_not_asked_again(user: User) -> None:
    unsure, new = one(), one()
    take_answers({unsure.pk: ClassAnswer(None)}, classifier="ranch 1", actor=user)
    assert of(unsure) == ("animal", "", "ranch 1")
    assert list(open_to_classifiers(again=False)) == [new]
    assert set(open_to_classifiers(again=True)) == {unsure, new}


def test_a_wider_answer_takes_nothing_away_but_from_another_classifier(user: User) -> None:
    detected, classified = one("unknown_deer"), one()
    take_answers({classified.pk: ClassAnswer(C.BUCK, "stag")}, classifier="old 1", actor=user)
    wide = ClassAnswer(C.ANIMAL, "cow")
    take_answers({detected.pk: wide, classified.pk: wide}, classifier="new 1", actor=user)
    assert of(detected) == ("unknown_deer", "", "new 1")
    assert of(classified) == ("animal", "cow", "new 1")


def test_what_a_person_said_is_left_alone(user: User) -> None:
    corrected, looked_at = one(), one()
    correct_class(versions={corrected.pk: 0}, classification="cattle", actor=user)
    Detection.objects.filter(pk=looked_at.pk).update(reviewed_by=user)
    reviewed = one("unknown_deer", deer=make.deer(), identity_source="reviewed")
    exact, invalid = one("coyote"), one(is_valid=False)
    everything = (corrected, looked_at, reviewed, exact, invalid)
    answers = {item.pk: ClassAnswer(C.BUCK, "stag") for item in everything}
    with pytest.raises(ReviewRefused, match=NOTHING_CHANGES):
        take_answers(answers, classifier="ranch 1", actor=user)
    assert {item.pk for item in open_to_classifiers(again=True)}.isdisjoint(answers)


def test_a_name_that_the_answer_rules_out_stays_where_an_import_gave_it(user: User) -> None:
    buck = make.deer(sex="buck")
    imported = one("unknown_deer", deer=buck)
    guessed = one("unknown_deer", deer=buck, identity_source="auto")
    answers = {item.pk: ClassAnswer(C.DOE, "hind") for item in (imported, guessed)}
    take_answers(answers, classifier="ranch 1", actor=user)
    assert of(imported) == ("unknown_deer", "", "ranch 1")
    assert of(guessed) == ("doe", "hind", "ranch 1")
    assert guessed.deer is None
    assert imported.deer == buck


def test_words_that_are_read_again_do_not_overrule_a_classifier(user: User) -> None:
    sure, unsure = one(source_label="venadito"), one(source_label="venadito")
    answers = {sure.pk: ClassAnswer(C.BUCK, "stag"), unsure.pk: ClassAnswer(None)}
    take_answers(answers, classifier="ranch 1", actor=user)
    ClassLabel.objects.create(word="venadito", classification="unknown_deer")
    relabel(actor=user)
    assert of(sure) == ("buck", "stag", "ranch 1")
    assert of(unsure) == ("unknown_deer", "", "ranch 1")
