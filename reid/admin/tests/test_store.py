"""Every page of the admin opens, in a number of queries that does not grow with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reid.models import ClassLabel
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
admin.autodiscover()  # else the addresses do it, when the first of them is asked
OURS = [model for model in admin.site._registry if model._meta.app_label == "reid"]


def changelist(model) -> str:
    return reverse(f"admin:reid_{model._meta.model_name}_changelist")


def add_rows(count: int, run) -> None:
    for _ in range(count):
        deer = make.deer()
        detection = make.detection(deer=deer, image=make.image(camera=make.camera()))
        make.score(detection, deer, 5000, run)
        make.embedding(detection, run.scorer, 1, 0, 0, 0)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_list_opens_without_a_query_per_row(client: Client, model) -> None:
    run = make.run(make.scorer())

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(changelist(model)).status_code == 200
        return len(captured)

    add_rows(1, run)
    queries()  # the session's own first-time queries
    before = queries()
    add_rows(3, run)
    assert queries() <= before


@pytest.mark.parametrize("make_one", [make.detection, make.image])
def test_what_others_are_made_from_cannot_be_edited_past_them(client: Client, make_one) -> None:
    row = make_one()
    name = row._meta.model_name
    for page in ("change", "delete"):
        address = reverse(f"admin:reid_{name}_{page}", args=[row.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert client.get(reverse(f"admin:reid_{name}_change", args=[row.pk])).status_code == 200


def test_deer_are_merged_by_a_review_alone(client: Client) -> None:
    lost, survivor = make.deer(), make.deer()
    edit = {"name": "Gus", "sex": "buck", "status": "alive", "merged_into": str(survivor.pk)}
    client.post(reverse("admin:reid_deer_change", args=[lost.pk]), edit)
    lost.refresh_from_db()
    assert (lost.name, lost.merged_into) == ("Gus", None)


def test_detections_are_filtered_by_class_without_reading_all_for_its_values(
    client: Client,
) -> None:
    doe, buck = make.detection(), make.detection(classification="buck")
    with CaptureQueriesContext(connection) as captured:
        page = client.get(changelist(type(doe)), {"effective_class": "doe"}).content.decode()
    assert str(doe.pk) in page
    assert str(buck.pk) not in page
    assert "?effective_class=fawn" in page
    assert not any("DISTINCT" in query["sql"] for query in captured.captured_queries)


def test_a_word_for_a_class_is_stored_as_sources_words_are_read(client: Client) -> None:
    address = reverse("admin:reid_classlabel_add")
    client.post(address, {"word": " Venado_Macho ", "classification": "buck"})
    assert list(ClassLabel.objects.values_list("word", "classification")) == [
        ("venado macho", "buck")
    ]
    for word in ("VENADO macho", "?"):
        page = client.post(address, {"word": word, "classification": "doe"})
        assert page.context["adminform"].form.errors["word"]
    assert ClassLabel.objects.count() == 1


def test_a_bucks_antler_year_stands_in_the_list_and_on_its_page(admin_client) -> None:
    buck = make.detection(deer=make.deer(sex="buck"), classification="buck")
    listed = admin_client.get(reverse("admin:reid_detection_changelist")).content.decode()
    assert '<td class="field-antlers_of">2025</td>' in listed
    page = admin_client.get(reverse("admin:reid_detection_change", args=[buck.pk]))
    assert "Antlers of" in page.content.decode()
