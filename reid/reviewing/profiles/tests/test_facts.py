"""Facts of a deer edited, refused, and taken back field by field."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from reid import reviewing
from reid.models import Deer, FormerName, Tag
from reid.reviewing import NearNames, ReviewRefused, StaleReview, UndoConflict
from reid.reviewing.profiles import facts, seasons
from reid.tests import make
from reid.tests.reviewing import events, reviewer

if TYPE_CHECKING:
    from reid.models import Operation

pytestmark = pytest.mark.django_db


def edit(deer: Deer, **changes: Any) -> Operation:
    return reviewing.edit_deer(deer=deer.pk, changes=changes, actor=reviewer())


def undo(done: Operation) -> Operation:
    return reviewing.undo(operation=done.pk, actor=reviewer())


def facts_of(deer: Deer) -> tuple[Any, ...]:
    deer = Deer.objects.get(pk=deer.pk)
    former = sorted(deer.former_names.values_list("name", flat=True))
    tags = [tag.name for tag in deer.tags.all()]
    noted = list(deer.seasons.values_list("year", "points", "age_class"))
    own = (deer.name, deer.sex, deer.status, deer.born_on, deer.died_on, deer.notes)
    return (*own, deer.portrait_id), (former, tags, noted)


def test_each_fact_has_its_event_and_goes_back_with_the_operation() -> None:
    oak = make.deer("Oak", sex="unknown")
    portrait = make.detection(deer=oak)
    oak.tags.set(Tag.objects.named(["north"]))
    before = facts_of(oak)
    done = edit(
        oak,
        name="Old Oak",
        sex="buck",
        born_on=date(2021, 1, 1),
        notes="limps",
        tags=["south", "Big", "south"],
        portrait=portrait.pk,
    )
    assert events(done) == [
        ("name", "Oak", "Old Oak"),
        ("former_names", [], ["Oak"]),
        ("sex", "unknown", "buck"),
        ("born_on", None, "2021-01-01"),
        ("notes", "", "limps"),
        ("tags", ["north"], ["Big", "south"]),
        ("portrait", None, str(portrait.pk)),
    ]
    after = facts_of(oak)
    assert after[0] == (
        "Old Oak",
        "buck",
        "unknown",
        date(2021, 1, 1),
        None,
        "limps",
        portrait.pk,
    )
    back = undo(done)
    assert facts_of(oak) == before
    assert not FormerName.objects.exists()
    undo(back)
    assert facts_of(oak) == after


def test_a_former_name_that_was_taken_back_stands_again_after_the_undo() -> None:
    oak = make.deer("Gus")
    edit(oak, name="Oak")
    done = edit(oak, name="Gus")
    assert facts_of(oak)[1][0] == ["Oak"]
    undo(done)
    assert (facts_of(oak)[0][0], facts_of(oak)[1][0]) == ("Oak", ["Gus"])


def test_a_name_that_another_deer_has_by_now_does_not_go_back() -> None:
    oak = make.deer("Oak")
    done = edit(oak, name="Gus")
    FormerName.objects.all().delete()
    make.deer("oak")
    with pytest.raises(UndoConflict, match="another deer is called Oak by now"):
        undo(done)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"sex": "stag"}, "sex", "stag is no sex: use one of buck, doe, fawn, unknown."),
        ({"name": " "}, "name", "A new deer needs a name."),
        ({"name": "ELM"}, "name", "There is a deer named Elm already: names that differ only"),
        ({"born_on": date(2999, 1, 1)}, "born_on", facts.FUTURE.format(day="2999-01-01")),
        ({"tags": ["a, b"]}, "tags", "A comma stands between two tags: take it out of a, b."),
        ({"merged_into": None}, "merged_into", facts.NO_FIELD.format(field="merged_into")),
        ({"notes": "x" * 20_001}, "notes", facts.NOTES_TOO_LONG),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_field(
    changes: dict[str, Any], field: str, sentence: str
) -> None:
    make.deer("Elm")
    with pytest.raises(ReviewRefused) as refused:
        edit(make.deer("Oak"), **changes)
    assert refused.value.field == field
    assert str(refused.value).startswith(sentence)


def test_a_life_span_that_a_known_sighting_contradicts_is_refused_with_its_day() -> None:
    oak = make.deer("Oak", born_on=date(2020, 1, 1))
    make.detection(deer=oak)  # on 1 October 2025
    guessed = make.detection(deer=oak, identity_source="auto")
    guessed.image.captured_at = make.later(days=30)
    guessed.image.save()
    for changes, field in (
        ({"died_on": date(2025, 9, 30)}, "died_on"),
        ({"born_on": date(2025, 10, 2)}, "born_on"),
    ):
        with pytest.raises(ReviewRefused, match="photographed on 2025-10-01") as refused:
            edit(oak, **changes)
        assert refused.value.field == field
    with pytest.raises(ReviewRefused, match="cannot die before it is born"):
        edit(oak, died_on=date(2019, 1, 1))
    edit(oak, died_on=date(2025, 10, 1))
    oak.refresh_from_db()
    assert (oak.died_on, oak.status) == (date(2025, 10, 1), "deceased")


def test_a_change_of_sex_marks_what_was_compared_with_the_deer_and_so_does_its_undo() -> None:
    oak, scorer = make.deer("Oak", sex="doe"), make.scorer()
    probe = make.detection()
    make.score(probe, oak, 9000, make.run(scorer))
    done = edit(oak, sex="buck")
    probe.refresh_from_db()
    assert probe.scores_stale
    type(probe).objects.update(scores_stale=False)
    undo(done)
    probe.refresh_from_db()
    assert probe.scores_stale
    type(probe).objects.update(scores_stale=False)
    edit(oak, notes="limps")
    probe.refresh_from_db()
    assert not probe.scores_stale


def test_who_saw_another_value_is_told_who_changed_it() -> None:
    oak = make.deer("Oak", notes="old")
    edit(oak, notes="new")
    with pytest.raises(StaleReview, match="was changed by alma") as refused:
        reviewing.edit_deer(
            deer=oak.pk,
            changes={"notes": "mine", "sex": "buck"},
            before={"notes": "old", "sex": "unknown"},
            actor=reviewer("bo"),
        )
    assert str(refused.value).startswith("This deer has changed")
    oak.refresh_from_db()
    assert (oak.notes, oak.sex) == ("new", "unknown")


def test_a_portrait_is_a_picture_of_the_deer_itself() -> None:
    with pytest.raises(ReviewRefused, match="A portrait shows the deer itself"):
        edit(make.deer("Oak"), portrait=make.detection(deer=make.deer("Elm")).pk)


def test_a_near_name_asks_when_a_deer_is_renamed_but_not_for_its_own_spelling() -> None:
    oak = make.deer("Hickory")
    make.deer("Juniper")
    edit(oak, name="HICKORY")
    with pytest.raises(NearNames) as asked:
        edit(oak, name="Junipr")
    assert [one.name for one in asked.value.near] == ["Juniper"]
    reviewing.edit_deer(deer=oak.pk, changes={"name": "Junipr"}, confirm_new=True, actor=reviewer())
    assert facts_of(oak)[0][0] == "Junipr"


def test_a_season_is_noted_changed_and_taken_away_and_each_goes_back() -> None:
    oak = make.deer("Oak")
    this_year = timezone.localdate().year

    def note(**values: Any) -> Operation:
        return reviewing.note_season(deer=oak.pk, year=this_year, actor=reviewer(), **values)

    first = note(points=8, age_class="2.5")
    assert oak.seasons.get().noted_by == reviewer()
    second = note(points=9, age_class="2.5")
    third = note()
    assert not oak.seasons.exists()
    undo(third)
    assert (oak.seasons.get().points, oak.seasons.get().noted_by) == (9, reviewer())
    undo(second)
    assert oak.seasons.get().points == 8
    undo(first)
    assert not oak.seasons.exists()


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"year": 20}, "year", seasons.NO_YEAR.format(year=20)),
        ({"year": 2025, "points": 61}, "points", seasons.NO_POINTS.format(points=61)),
        ({"year": 2025, "age_class": "old"}, "age_class", "old is no age class: use one of 0.5"),
        ({"year": 2019, "points": 2}, "year", "Oak was born in 2020: a season of 2019"),
        ({"year": 2025}, "", "Nothing would change"),
    ],
)
def test_a_season_that_makes_no_sense_is_refused(
    values: dict[str, Any], field: str, sentence: str
) -> None:
    oak = make.deer("Oak", born_on=date(2020, 1, 1))
    with pytest.raises(ReviewRefused) as refused:
        reviewing.note_season(deer=oak.pk, actor=reviewer(), **values)
    assert refused.value.field == field
    assert str(refused.value).startswith(sentence)
