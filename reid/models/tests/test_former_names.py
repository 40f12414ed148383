"""Former names: written wherever a deer is renamed, lead to it, and are nobody else's without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from reid.models import Camera, Deer, FormerName
from reid.models import cameras as camera_models
from reid.models import detections as deer_models
from reid.reviewing import ReviewRefused
from reid.reviewing.identity import new_deer
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def renamed(old: str, new: str) -> Deer:
    deer = make.deer(old)
    deer.name = new
    deer.save()
    return deer


def former() -> set[tuple[str, str]]:
    return set(FormerName.objects.values_list("name", "deer__name"))


def test_a_renamed_deer_keeps_its_former_names() -> None:
    deer = renamed("Buck 7", "Old Gus")
    deer.name = "Gus the Old"
    deer.save(update_fields=["name"])
    assert former() == {("Buck 7", "Gus the Old"), ("Old Gus", "Gus the Old")}
    deer.refresh_from_db()
    assert deer.name_key == "gus the old"


def test_another_spelling_is_no_former_name_and_a_name_taken_back_is_none_any_more() -> None:
    deer = renamed("gus", "Gus")
    assert former() == set()
    deer.name = "Oak"
    deer.save()
    deer.name = "GUS"
    deer.save()
    assert former() == {("Oak", "GUS")}


def test_other_changes_ask_nothing_of_names() -> None:
    deer = renamed("Buck 7", "Old Gus")
    deer.notes = "limps"
    deer.save()
    deer.save(update_fields=["notes"])
    assert former() == {("Buck 7", "Old Gus")}


def test_nobody_else_gets_a_former_name_in_silence() -> None:
    deer = renamed("Buck 7", "Old Gus")
    expected = deer_models.NAME_FORMER.format(name="Buck 7", deer="Old Gus")
    with pytest.raises(ValidationError, match="was the name of Old Gus"):
        Deer.objects.create(name="buck  7")
    other = make.deer("Oak")
    other.name = "BUCK 7"
    with pytest.raises(ValidationError) as problem:
        other.save()
    assert problem.value.messages == [expected]
    FormerName.objects.get(deer=deer).delete()  # once somebody has decided
    other.save()
    assert Deer.objects.get(name_key="buck 7") == other


def test_a_review_is_refused_a_former_name_in_a_sentence(django_user_model: type) -> None:
    renamed("Buck 7", "Old Gus")
    user = django_user_model.objects.create(username="ranger")  # type: ignore[attr-defined]
    sighting = make.sighting()
    detection = make.detection(classification="buck", sighting=sighting)
    for name, sentence in (
        ("buck 7", deer_models.NAME_FORMER.format(name="Buck 7", deer="Old Gus")),
        ("unknown", deer_models.NO_NAME.format(name="unknown")),
    ):
        with pytest.raises(ReviewRefused) as problem:
            new_deer(
                sighting=sighting.pk,
                name=name,
                versions={detection.pk: detection.version},
                actor=user,
            )
        assert str(problem.value) == sentence
    assert Deer.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("old  gus", deer_models.DEER_NAME_TAKEN.format(name="Old Gus")),
        ("BUCK 7", deer_models.NAME_FORMER.format(name="Buck 7", deer="Old Gus")),
        ("Ada", deer_models.NAME_OF_MERGED.format(name="Ada", deer="Old Gus")),
        ("N/A", deer_models.NO_NAME.format(name="N/A")),
    ],
)
def test_the_admin_says_why_a_name_is_not_free(client: Client, name: str, sentence: str) -> None:
    gus = renamed("Buck 7", "Old Gus")
    make.deer("Ada", merged_into=gus)
    values = {"name": name, "sex": "buck", "status": "alive"}
    page = client.post(reverse("admin:reid_deer_add"), values)
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["name"] == [sentence]


def test_the_admin_renames_and_keeps_the_former_name(client: Client) -> None:
    deer = make.deer("Buck 7")
    values = {"name": "Old  Gus", "sex": "buck", "status": "alive"}
    client.post(reverse("admin:reid_deer_change", args=[deer.pk]), values)
    assert former() == {("Buck 7", "Old Gus")}


def test_a_camera_in_another_spelling_is_refused_in_the_admin(client: Client) -> None:
    make.camera("North Gate")
    camera = Camera(name="north  gate")
    with pytest.raises(ValidationError) as problem:
        camera.clean()
    assert problem.value.message_dict == {
        "name": [camera_models.CAMERA_NAME_TAKEN.format(name="North Gate")]
    }
    formset = {f"deployments-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    page = client.post(reverse("admin:reid_camera_add"), {"name": "NORTH gate"} | formset)
    assert page.status_code == 200
    assert Camera.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("OAK", deer_models.DEER_NAME_TAKEN.format(name="Oak")),
        ("buck 7", deer_models.NAME_FORMER.format(name="Buck 7", deer="Old Gus")),
    ],
)
def test_a_former_name_written_by_hand_takes_nobodys(
    client: Client, name: str, sentence: str
) -> None:
    renamed("Buck 7", "Old Gus")
    oak = make.deer("Oak")
    page = client.post(reverse("admin:reid_formername_add"), {"name": name, "deer": str(oak.pk)})
    assert page.context["adminform"].form.errors["name"] == [sentence]
    client.post(reverse("admin:reid_formername_add"), {"name": "Oaky", "deer": str(oak.pk)})
    assert former() == {("Buck 7", "Old Gus"), ("Oaky", "Oak")}


def test_names_that_are_much_alike_are_offered_for_merging(client: Client) -> None:
    gus = make.deer("Gus")
    for name in ("gus (2)", "G\u00fcs", "Oak", "7", "07"):
        make.deer(name)
    make.deer("g_u_s", merged_into=gus)
    for name in ("North Gate", "north-gate", "South"):
        make.camera(name)
    deer = client.get(reverse("admin:reid_deer_changelist"), {"alike": "yes"})
    assert {row.name for row in deer.context["cl"].result_list} == {
        "Gus", "gus (2)", "G\u00fcs", "7", "07",
    }  # fmt: skip
    cameras = client.get(reverse("admin:reid_camera_changelist"), {"alike": "yes"})
    assert {row.name for row in cameras.context["cl"].result_list} == {"North Gate", "north-gate"}
