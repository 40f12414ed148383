"""Surveys that are frozen: what becomes of the store later changes no number."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.db.models import Count

from analysis import jobs
from analysis.surveys import services
from analysis.surveys.collect import SurveyProblem
from analysis.surveys.frozen import freeze, sha256_of, thaw
from analysis.surveys.tests.herds import herd
from reid.models import Camera, Deer, Deployment, Detection, Survey

if TYPE_CHECKING:
    from analysis.surveys.material import Material

pytestmark = pytest.mark.django_db
START, END = date(2025, 10, 1), date(2025, 10, 21)


@pytest.fixture
def ranch() -> None:
    """12 deer, a third of them bucks, at 3 cameras for 21 days; each is seen at each on a day with 0.06. Some deer have no name."""
    herd(deer=12, days=21, chance=0.06, seed=4)


def made(**fields: Any) -> Survey:
    defaults: dict[str, Any] = {"name": "autumn", "start": START, "end": END, "occasion_days": 3}
    return services.make(**defaults | fields)


def test_what_is_frozen_thaws_to_the_same_material(ranch: None) -> None:
    material = services.gather(START, END, 3)
    copy = freeze(material)
    assert thaw(copy) == material
    assert sha256_of(freeze(thaw(copy))) == sha256_of(copy)


def test_what_is_renamed_merged_and_deleted_later_changes_no_number(ranch: None) -> None:
    survey = made()
    before = services.estimate_now(survey)
    first, second, third = Deer.objects.order_by("name")[:3]
    first.name = "Old Tom"
    first.save()
    Detection.objects.filter(deer=second).update(deer=third)
    Detection.objects.filter(deer=third).update(is_valid=False)
    Camera.objects.update(latitude=None, longitude=None)
    Deployment.objects.all().delete()
    assert services.estimate_now(Survey.objects.get(pk=survey.pk)) == before
    survey.refresh_from_db()
    assert survey.result == before
    assert survey.estimated_at is not None


def test_a_copy_that_was_changed_is_no_copy(ranch: None) -> None:
    survey = made()
    survey.frozen["captures"].pop()
    survey.save(update_fields=["frozen"])
    with pytest.raises(SurveyProblem, match="make the survey anew"):
        services.estimate_now(survey)
    survey.refresh_from_db()
    assert "make the survey anew" in survey.problem


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "  "}, "has no name"),
        ({"name": "a" * 81}, "81 letters"),
        ({"start": END, "end": START}, "ends before it begins"),
        ({"end": date(2999, 1, 1)}, "still to come"),
        ({"occasion_days": 0}, "at least one day"),
        ({"occasion_days": 30}, "fewer than one occasion"),
        ({"start": date(2020, 1, 1), "occasion_days": 1}, "366 are the most"),
        ({"cameras": ["fir"]}, "no camera fir"),
        ({"habitat_km2": 0.0}, "above 0"),
        ({"habitat_km2": float("nan")}, "above 0"),
        ({"habitat_km2": float("inf")}, "above 0"),
    ],
)
def test_what_cannot_be_a_survey_is_refused_in_a_sentence(
    ranch: None, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SurveyProblem, match=sentence):
        made(**fields)
    assert not Survey.objects.exists()


def test_two_surveys_of_one_name_are_refused(ranch: None) -> None:
    made()
    with pytest.raises(SurveyProblem, match="There is a survey Autumn already"):
        made(name=" Autumn ")


def test_one_side_counts_the_flank_with_more_captures(ranch: None) -> None:
    """The deer with most captures shows its right flank twice, another one its left once: one history is left."""
    most, other = Deer.objects.annotate(n=Count("detections")).order_by("-n", "name")[:2]
    for deer, flank, count in ((most, "right", 2), (other, "left", 1)):
        keys = list(Detection.objects.filter(deer=deer).values_list("pk", flat=True)[:count])
        Detection.objects.filter(pk__in=keys).update(flank=flank, flank_source="reviewed")
    document = services.estimate_now(made(one_side=True))
    assert document["side"] == "right"
    assert [row["deer"] for row in document["histories"]] == [most.name]
    assert any("the right flank" in sentence for sentence in document["sentences"])


def test_a_survey_that_is_deleted_while_it_is_estimated_is_no_failure(
    ranch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = made()
    thawed = services.thaw

    def deleted_since(of: Survey) -> Material:
        Survey.objects.all().delete()
        return thawed(of)

    monkeypatch.setattr(services, "thaw", deleted_since)
    jobs.estimate_survey(str(survey.pk))
    assert not Survey.objects.exists()


def test_a_deleted_survey_takes_no_deer_with_it(ranch: None) -> None:
    survey = made()
    services.delete(survey)
    assert not Survey.objects.exists()
    assert Deer.objects.count() == 12
