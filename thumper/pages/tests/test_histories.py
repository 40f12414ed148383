"""Histories of a deer, a camera and a photograph: in one form, in pages, each act with its undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid import reviewing
from reid.cameras import changes
from reid.models import Image, Operation
from reid.tests import make
from reid.tests.reviewing import reviewer
from thumper.pages.histories import PAGE, words_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def annotated(times: int) -> Image:
    """A photograph with so many notes, the last of them the newest."""
    image = make.image()
    for number in range(times):
        reviewing.annotate(
            versions={image.pk: number}, note=f"note {number}", actor=reviewer("alma")
        )
    return image


@pytest.mark.parametrize("kind", Operation.Kind)
def test_every_kind_of_act_has_words_of_its_own(kind: Operation.Kind) -> None:
    assert words_of(Operation(kind=kind)) != kind.label or kind.label == "Undo"


def test_a_photograph_s_older_acts_come_page_by_page(client: Client) -> None:
    image = annotated(PAGE + 3)
    first = client.get(f"/photographs/{image.pk}").content.decode()
    assert first.count("Notes and tags changed</strong>") == PAGE
    (older,) = client.get(f"/photographs/{image.pk}").context["history"].older.split()
    page = client.get(older).content.decode()
    assert page.count("Notes and tags changed</strong>") == 3
    assert "Older acts" not in page
    part = client.get(older, headers={"HX-Request": "true"}).content.decode()
    assert part.count("<li>") == page.count('<ol class="history"') * 6  # acts and their lines
    assert "<html" not in part


def test_an_act_is_said_with_who_when_and_what_and_undone_from_its_page(client: Client) -> None:
    image = annotated(1)
    text = client.get(f"/photographs/{image.pk}/history").content.decode()
    for words in ("Notes and tags changed", "alma", "note written", "Undo"):
        assert words in text
    operation = Operation.objects.get()
    body = {"act": "undo", "operation": str(operation.pk)}
    client.post(f"/photographs/{image.pk}/act", body)
    text = client.get(f"/photographs/{image.pk}/history").content.decode()
    assert "undone by local" in text


def test_a_camera_s_older_acts_come_page_by_page(client: Client) -> None:
    camera = make.camera("Gate")
    for number in range(PAGE + 1):
        changes.edit_camera(camera.pk, {"notes": f"note {number}"}, actor=reviewer("alma"))
    first = client.get(f"/cameras/{camera.pk}")
    history = first.context["history"]
    assert len(history.acts) == PAGE
    page = client.get(history.older)
    assert len(page.context["history"].acts) == 1
    assert page.context["history"].older == ""
    assert "Gate" in page.content.decode()


@pytest.mark.parametrize("address", ["/cameras/{camera}/history", "/photographs/{image}/history"])
def test_what_is_no_time_is_not_found(client: Client, address: str) -> None:
    where = address.format(camera=make.camera().pk, image=make.image().pk)
    assert client.get(f"{where}?before=x").status_code == 404
