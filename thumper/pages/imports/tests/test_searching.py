"""Pages of an import whose photographs are searched for animals: meanwhile, and when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid import jobs
from reid.detecting.running.tests.photographed import SIZE, in_use
from reid.detecting.tests import networks
from reid.intake import requests
from reid.intake.tests.uploaded import put
from reid.intake.working import work
from reid.models import Detection, Import, ImportRequest, ReidRun

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
ANIMAL = (30, 30, 60, 30)


@pytest.fixture
def row(tmp_path: Path, media_root: Path, settings: Any, django_user_model: Any) -> ImportRequest:
    """Three photographs that have just come in: an animal and a person, an animal, nothing."""
    settings.UPLOAD_ROOT, settings.UPLOAD_DISK_RESERVE = tmp_path / "uploads", 0
    settings.MODEL_ROOT = tmp_path / "models"
    in_use()
    row = requests.create_upload(django_user_model.objects.get(username="local"), "North gate")
    put(row, "1.png", networks.photograph(SIZE, animal=ANIMAL, person=(120, 0, 60, 90)))
    put(row, "2.png", networks.photograph(SIZE, animal=(60, 60, 30, 30)))
    put(row, "3.png", networks.photograph(SIZE))
    return row


def imported(client: Client, row: ImportRequest) -> str:
    for name, data in (("answers", {"camera": "North gate"}), ("start", {"clock_is_right": "on"})):
        client.post(f"/imports/requests/{row.pk}/{name}", data)
        work.work(row.pk)
    return page(client, row)


def page(client: Client, row: ImportRequest) -> str:
    return " ".join(client.get(f"/imports/requests/{row.pk}/").content.decode().split())


def test_a_search_under_way_says_how_far_it_is(client: Client, row: ImportRequest) -> None:
    text = imported(client, row)
    assert "The photographs are in; animals are being found on them" in text
    assert "The detector is being loaded" in text
    run = ReidRun.objects.get()
    run.counts |= {"photographs": 2, "animals": 2}
    run.save()
    text = page(client, row)
    assert "2 photographs are searched; 2 animals are found." in text
    assert 'max="3" value="2"' in text
    listed = client.get("/imports/").content.decode()
    assert "animals are being found" in listed
    assert "Find animals on photographs" in client.get("/health/").content.decode()


def test_at_its_end_it_says_what_was_found_and_leads_on(client: Client, row: ImportRequest) -> None:
    imported(client, row)
    jobs.detect(str(ReidRun.objects.get().pk))
    text = page(client, row)
    assert "photographs without a box" not in text
    assert "shows=blank&amp;made_by=" in text
    assert "3 photographs were searched: animals 2, people 1, vehicles 0," in text
    assert "photographs with nothing on them 1." in text
    assert "2 animals came in, and the detector does not say of what kind." in text
    record = Import.objects.get(kind="detector")
    assert "detection by squares 1" in client.get("/imports/").content.decode()
    assert client.get(f"/imports/{record.pk}/").status_code == 200


def test_once_a_person_has_said_which_are_deer_its_page_leads_to_the_review(
    client: Client, row: ImportRequest
) -> None:
    imported(client, row)
    jobs.detect(str(ReidRun.objects.get().pk))
    assert "Say which are deer" in page(client, row)
    Detection.objects.filter(classification="animal").update(
        corrected_classification="doe", effective_class="doe"
    )
    text = page(client, row)
    assert "Say which deer the new sightings show." in text
    assert "Nothing was told apart" not in text
