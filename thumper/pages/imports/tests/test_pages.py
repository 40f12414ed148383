"""Pages of imports, asked as a browser asks them: what they show, and what their acts do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from reid.intake import requests
from reid.intake.tests.uploaded import EVENING, card, jpeg, megadetector, put
from reid.intake.working import undos, work
from reid.models import Camera, Detection, Image, Import, ImportProblem, ImportRequest
from reid.tests.reviewing import seen
from thumper.pages.imports import undoing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


@pytest.fixture(autouse=True)
def upload_root(tmp_path: Path, media_root: Path, settings: Any) -> Path:
    root = tmp_path / "uploads"
    settings.UPLOAD_ROOT, settings.UPLOAD_DISK_RESERVE = root, 0
    return root


@pytest.fixture
def row(django_user_model: Any) -> ImportRequest:
    return requests.create_upload(django_user_model.objects.get(username="local"), "North gate")


def page(client: Client, row: ImportRequest) -> str:
    answer = client.get(f"/imports/requests/{row.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, row: ImportRequest, name: str, **data: Any) -> str:
    """Do it, let the worker work, and read the page that one is led to."""
    answer = client.post(f"/imports/requests/{row.pk}/{name}", data)
    assert answer.status_code == 302
    work.work(row.pk)
    return client.get(answer["Location"]).content.decode()


def imported(client: Client, row: ImportRequest, **answers: Any) -> str:
    act(client, row, "answers", **{"camera": "North gate", "folders": "none"} | answers)
    return act(client, row, "start", clock_is_right="on")


def worked(client: Client, record: Import) -> str:
    """Let the worker do the undo that was asked for last, and read its page."""
    newest = record.undos.first()
    assert newest
    undos.work(newest.pk)
    return client.get(f"/imports/{record.pk}/undo").content.decode()


def test_a_new_import_has_a_name_and_a_page_of_its_own(client: Client) -> None:
    answer = client.post("/imports/new", {"title": "South <b>gate</b>"})
    row = ImportRequest.objects.get()
    assert answer["Location"] == f"/imports/requests/{row.pk}/"
    text = page(client, row)
    assert "South &lt;b&gt;gate" in text
    assert "webkitdirectory" in text
    nameless = client.post("/imports/new", {"title": " "}, follow=True).content.decode()
    assert "Give the import a name" in nameless


def test_a_server_without_folders_says_what_to_set(client: Client, settings: Any) -> None:
    settings.PHOTO_ROOTS = []
    assert "PHOTO_ROOTS" in client.get("/imports/new").content.decode()


def test_a_folder_of_the_server_is_looked_into_and_imported(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    north = tmp_path / "cards" / "north"
    north.mkdir(parents=True)
    (north / "1.jpg").write_bytes(jpeg(1))
    settings.PHOTO_ROOTS = [tmp_path / "cards"]
    assert str(tmp_path / "cards") in client.get("/imports/new").content.decode()
    shown = client.get("/imports/new/folder", {"path": str(north)}).content.decode()
    assert "1 photograph lies in this folder" in shown
    answer = client.post("/imports/new/folder", {"path": str(north), "title": "north"})
    row = ImportRequest.objects.get()
    assert answer["Location"] == f"/imports/requests/{row.pk}/"
    text = imported(client, row)
    assert "Imported" in text
    assert Image.objects.get().camera == Camera.objects.get(name="North gate")
    outside = client.get("/imports/new/folder", {"path": str(tmp_path)}, follow=True)
    assert "There is no such folder" in outside.content.decode()


def test_the_way_from_files_to_an_import_and_back(client: Client, row: ImportRequest) -> None:
    put(row, "boxes.json", megadetector(card(row)))
    text = page(client, row)
    assert "4 files are here" in text
    assert "MegaDetector" in text
    shown = act(client, row, "answers", source="boxes.json", camera="North gate")
    assert "This would be imported" in shown
    assert "1 Oct 2025, 18:00" in shown
    assert not Image.objects.exists()
    refused = act(client, row, "start")
    assert "Say that the times are right" in refused
    done = act(client, row, "start", clock_is_right="on")
    assert "Imported" in done
    record = Import.objects.get()
    assert "North gate" in client.get("/imports/").content.decode()
    assert f'href="/imports/{record.pk}/undo"' in done
    asked = client.get(f"/imports/{record.pk}/undo").content.decode()
    assert "3 photographs" in asked
    assert Image.objects.count() == 3
    waiting = client.post(f"/imports/{record.pk}/undo", follow=True).content.decode()
    assert "It waits for the worker." in waiting
    part = client.get(f"/imports/{record.pk}/undo/progress").content.decode()
    assert "It waits for the worker." in part
    undone = worked(client, record)
    assert "Undone: 3 photographs and 3 animals are gone." in undone
    assert "Import them again" in undone
    ended = client.get(f"/imports/{record.pk}/undo/progress")
    assert (ended.status_code, ended["HX-Refresh"]) == (204, "true")
    assert not Image.objects.exists()
    row.refresh_from_db()
    assert row.state == ImportRequest.State.OPEN


def test_what_people_used_since_stays_when_an_import_is_undone(
    client: Client, row: ImportRequest
) -> None:
    paths = card(row)
    put(row, "late.jpg", jpeg(9, EVENING + timedelta(hours=3)))
    put(row, "boxes.json", megadetector([*paths, "late.jpg"]))
    imported(client, row, source="boxes.json", animals="unknown_deer")
    detection = Detection.objects.get(image__path__endswith="RCNX0001.JPG")
    assert detection.sighting
    body = {
        "sighting": str(detection.sighting.pk),
        "name": "Ada",
        "versions": {str(key): version for key, version in seen(detection.sighting).items()},
    }
    client.post("/api/review/new-deer", body, content_type="application/json")
    assert Detection.objects.filter(deer__name="Ada").exists()
    record = Import.objects.get()
    asked = client.get(f"/imports/{record.pk}/undo").content.decode()
    assert "Used since" in asked
    client.post(f"/imports/{record.pk}/undo")
    refused = worked(client, record)
    assert "cannot be undone" in refused
    assert "Keep what was used and undo the rest" in refused
    client.post(f"/imports/{record.pk}/undo", {"keep_used": "yes"})
    worked(client, record)
    assert not Image.objects.filter(path__endswith="late.jpg").exists()
    assert Detection.objects.filter(deer__name="Ada").count() == 3


def test_columns_of_a_chosen_table_are_shown_with_its_first_rows(
    client: Client, row: ImportRequest
) -> None:
    card(row, 1)
    put(row, "table.csv", b"Where,Who\n100RECNX/RCNX0001.JPG,Old Gus\n")
    part = client.get(f"/imports/requests/{row.pk}/columns", {"source": "table.csv"})
    text = part.content.decode()
    assert "Old Gus" in text
    assert 'name="column-path"' in text
    assert "Say which column names the file" in text
    answers = {"source": "table.csv", "column-path": "Where", "column-deer": "Who"}
    shown = act(client, row, "answers", **answers)
    assert "would be made" in shown


def test_a_clock_is_corrected_by_the_right_time_of_the_newest_photograph(
    client: Client, row: ImportRequest
) -> None:
    card(row, 2)
    act(client, row, "answers", camera="North gate")
    shown = act(client, row, "clocks", **{"clock-0": "2025-10-01T19:31"})
    assert "1 Oct 2025, 19:31" in shown
    row.refresh_from_db()
    assert row.answers["clocks"] == {"North gate": 5400.0}
    wrong = act(client, row, "clocks", **{"clock-0": "yesterday"})
    assert "Write the right time of North gate" in wrong
    act(client, row, "start", clock_is_right="on")
    newest = Image.objects.order_by("-captured_at").first()
    assert newest
    assert newest.captured_at is not None
    assert newest.captured_at.isoformat() == "2025-10-01T19:31:00+00:00"


def test_progress_is_told_and_a_new_step_loads_the_page(client: Client, row: ImportRequest) -> None:
    card(row, 1)
    requests.look(row)
    ImportRequest.objects.update(done=3, total=12, at_work=True)
    told = client.get(f"/imports/requests/{row.pk}/progress", {"state": "checking"})
    assert "3 of 12 are done" in told.content.decode()
    ImportRequest.objects.update(at_work=False)
    work.work(row.pk)
    told = client.get(f"/imports/requests/{row.pk}/progress", {"state": "checking"})
    assert (told.status_code, told["HX-Refresh"]) == (204, "true")


def test_an_import_that_no_worker_takes_says_so(client: Client, row: ImportRequest) -> None:
    card(row, 1)
    requests.look(row)
    assert "No worker takes imports" not in page(client, row)
    ImportRequest.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    assert "No worker takes imports" in page(client, row)


def test_what_waits_is_cancelled(client: Client, row: ImportRequest) -> None:
    card(row, 1)
    requests.look(row)
    act(client, row, "cancel")
    row.refresh_from_db()
    assert row.state == ImportRequest.State.CANCELLED
    again = act(client, row, "cancel")
    assert "at another step" in again


def test_uploaded_files_are_deleted_by_a_button(client: Client, row: ImportRequest) -> None:
    card(row, 1)
    imported(client, row)
    text = act(client, row, "remove")
    assert "The uploaded files are deleted" in text
    assert not row.files.exists()
    assert Image.objects.count() == 1


def test_a_photograph_that_came_in_with_a_warning_is_shown_beside_it(
    client: Client, row: ImportRequest
) -> None:
    (path,) = card(row, 1)
    imported(client, row)
    record, image = Import.objects.get(), Image.objects.get()
    warning = ImportProblem.Severity.WARNING
    ImportProblem.objects.create(
        record=record, path=path, severity=warning, reason="clock", text="Its clock was reset."
    )
    text = client.get(f"/imports/{record.pk}/").content.decode()
    assert text.count(f"/api/images/{image.pk}/thumbnail") == 2  # among all, and beside the warning


def test_problems_are_listed_by_photograph(client: Client, row: ImportRequest) -> None:
    card(row, 1)
    put(row, "broken.jpg", b"no photograph")
    imported(client, row)
    record = Import.objects.get()
    assert "broken.jpg" in client.get(f"/imports/{record.pk}/").content.decode()
    ImportProblem.objects.bulk_create(
        ImportProblem(record=record, reason="bad row", text=f"problem {number}.")
        for number in range(150)
    )
    first = client.get(f"/imports/{record.pk}/problems").content.decode()
    assert "problem 50." in first
    assert "problem 140." not in first
    key = ImportProblem.objects.order_by("pk")[99].pk
    second = client.get(f"/imports/{record.pk}/problems", {"after": key}).content.decode()
    assert "problem 140." in second
    assert client.get(f"/imports/{record.pk}/problems", {"after": "x"}).status_code == 404


def test_nothing_of_an_unknown_import_is_shown(client: Client) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    for address in ("", "undo", "problems"):
        assert client.get(f"/imports/{unknown}/{address}").status_code == 404
    assert client.get(f"/imports/requests/{unknown}/").status_code == 404


@pytest.mark.parametrize("count", [2, 20])
def test_the_list_takes_as_many_queries_for_many_imports_as_for_few(
    client: Client,
    row: ImportRequest,
    count: int,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for number in range(count):
        made = requests.create_upload(row.actor, f"import {number}")
        Import.objects.create(kind="detections", source="card", actor=row.actor, request=made)
    client.get("/imports/")
    with django_assert_max_num_queries(8):
        client.get("/imports/")


def test_a_long_list_goes_on_where_its_page_ended(client: Client, row: ImportRequest) -> None:
    for number in range(35):
        record = Import.objects.create(
            kind="detections", source=f"card {number:02}", actor=row.actor
        )
        at = timezone.now() - timedelta(hours=number)
        Import.objects.filter(pk=record.pk).update(started_at=at)
    answer = client.get("/imports/")
    text = answer.content.decode()
    assert "card 29" in text
    assert "card 30" not in text
    older = client.get("/imports/", {"before": answer.context["next"]}).content.decode()
    assert "card 30" in older
    assert "card 34" in older


def test_a_large_import_is_undone_without_a_trial_in_the_request(
    client: Client, row: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing, "MOST_TRIED", 1)
    put(row, "boxes.json", megadetector(card(row)))
    imported(client, row, source="boxes.json", animals="unknown_deer")
    record = Import.objects.get()
    asked = client.get(f"/imports/{record.pk}/undo").content.decode()
    assert "3 photographs" in asked
    assert "It is a large import" in asked
    used = Detection.objects.order_by("pk").first()
    assert used
    body = {"versions": {str(used.pk): used.version}, "classification": "coyote"}
    client.post("/api/review/correct-class", body, content_type="application/json")
    client.post(f"/imports/{record.pk}/undo")
    refused = worked(client, record)
    assert "was reviewed by local" in refused
    assert "Keep what was used and undo the rest" in refused


def test_animals_of_no_kind_yet_lead_to_the_gallery_and_deer_to_the_review(
    client: Client, row: ImportRequest
) -> None:
    put(row, "boxes.json", megadetector(card(row)))
    shown = act(client, row, "answers", source="boxes.json", camera="North gate")
    assert "3 animals are of no kind yet" in shown
    done = act(client, row, "start", clock_is_right="on")
    assert "3 animals came in, and the detector does not say of what kind" in done
    assert "/photographs/?classification=animal" in done
    assert "/photographs/?classification=animal" in client.get("/").content.decode()
    assert "/photographs/?classification=animal" in client.get("/review/").content.decode()


def test_the_preview_says_how_many_photographs_the_detector_s_file_leaves_out(
    client: Client, row: ImportRequest
) -> None:
    put(row, "boxes.json", megadetector(card(row)[:1]))
    shown = act(client, row, "answers", source="boxes.json", camera="North gate")
    assert "boxes.json says nothing of 2 photographs: they stay out" in shown
