"""Questions of a stored herd: what is asked, with which pictures, and what answers do to them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analysis.labels.questions import Questions, ask
from analysis.recommendation.assess import assess
from analysis.recommendation.document import recommendation_document
from analysis.score_log.sighting_log import read_labels
from analysis.tests.dirty_stores import DirtyStore, dirty_store, log
from reid import reviewing
from reid.models import Detection
from reid.tests import make
from reid.tests.reviewing import reviewer, seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> DirtyStore:
    return dirty_store()


def asked(store: DirtyStore) -> Questions:
    return ask(read_labels(store.scorer), store.scorer)


def names(questions: Questions) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    twins = [(item.deer.name, item.into.name) for item in questions.twins]
    return twins, [(item.deer.name, item.other.name) for item in questions.labels]


def test_the_wrong_label_and_the_twins_are_asked_with_their_pictures(store: DirtyStore) -> None:
    questions = asked(store)
    assert names(questions) == ([("Eve", "Fay")], [("Ada", "Bea")])
    assert (questions.all_twins, questions.all_labels) == (1, 1)
    (label,), (twins,) = questions.labels, questions.twins
    assert label.sighting == store.wrong
    assert label.own_score < 0.6 < 0.9 < label.other_score
    assert (twins.sightings, twins.into_sightings) == (5, 5)
    owner = dict(Detection.objects.values_list("pk", "deer__name"))
    assert label.own is not None
    assert label.alike is not None
    assert (owner[label.own.detection], owner[label.alike.detection]) == ("Ada", "Bea")
    assert {owner[key] for key in twins.pictures} == {"Eve"}
    assert [owner[key] for key in twins.into_pictures] == ["Fay"] * 3


def test_the_label_is_moved_and_the_twins_are_merged_and_nothing_stands_open(
    store: DirtyStore,
) -> None:
    deer, alma = store.deer, reviewer()
    moved = reviewing.assign(
        sighting=store.wrong.pk, deer=deer["Bea"].pk, versions=seen(store.wrong), actor=alma
    )
    merged = reviewing.merge(deer=deer["Eve"].pk, into=deer["Fay"].pk, actor=alma)
    log(store.scorer)
    assert names(asked(store)) == ([], [])
    for done in (merged, moved):
        reviewing.undo(operation=done.pk, actor=alma)
    log(store.scorer)
    assert names(asked(store)) == ([("Eve", "Fay")], [("Ada", "Bea")])


def test_what_is_right_and_who_are_two_is_remembered_until_it_is_undone(store: DirtyStore) -> None:
    deer, alma = store.deer, reviewer()
    kept = reviewing.keep_label(sighting=store.wrong.pk, versions=seen(store.wrong), actor=alma)
    apart = reviewing.keep_apart(deer=deer["Fay"].pk, other=deer["Eve"].pk, actor=alma)
    questions = asked(store)
    assert questions.twins == []
    assert "Ada" not in {item.deer.name for item in questions.labels}
    for done in (kept, apart):
        reviewing.undo(operation=done.pk, actor=alma)
    assert names(asked(store)) == ([("Eve", "Fay")], [("Ada", "Bea")])


def test_a_label_that_is_taken_away_is_asked_no_more(store: DirtyStore) -> None:
    reviewing.reject(sighting=store.wrong.pk, versions=seen(store.wrong), actor=reviewer())
    log(store.scorer)
    assert names(asked(store)) == ([("Eve", "Fay")], [])


def test_two_on_one_photograph_are_no_twins(store: DirtyStore) -> None:
    image = make.image()
    for name, x in (("Eve", 0), ("Fay", 200)):
        make.detection(image=image, x=x, deer=store.deer[name])
    assert asked(store).twins == []


def test_the_recommendation_says_how_many_stand_open_and_what_they_cost(store: DirtyStore) -> None:
    document = recommendation_document(assess(store.scorer))
    labels = document["labels"]
    assert (labels["likely_wrong"], labels["likely_twins"]) == (1, 1)
    assert labels["says"] in document["warnings"]
    assert labels["says"].startswith(
        "1 label is likely wrong and 1 pair of deer is likely one deer"
    )


def test_questions_take_no_query_a_row(store: DirtyStore) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            asked(store)
        return len(queries)

    before = count()
    second = Detection.objects.filter(deer=store.deer["Cal"]).first()
    assert second is not None
    Detection.objects.filter(pk=second.pk).update(deer=store.deer["Dot"])
    log(store.scorer)
    assert set(names(asked(store))[1]) == {("Ada", "Bea"), ("Dot", "Cal")}
    assert count() == before


def test_a_label_that_is_put_right_stays_the_evidence_that_it_was(store: DirtyStore) -> None:
    wrong, bea, alma = store.wrong, store.deer["Bea"].pk, reviewer()

    def is_evidence() -> bool:
        labels = read_labels(store.scorer)
        return bool(labels.is_evidence[labels.sightings.index(wrong.pk)])

    assert is_evidence()  # imported
    for selection, remains in (("doubt", True), ("search", False), ("doubt", False)):
        deer = bea if selection == "doubt" else store.deer["Cal"].pk
        reviewing.assign(
            sighting=wrong.pk, deer=deer, versions=seen(wrong), actor=alma, selection=selection
        )
        assert is_evidence() is remains, selection
