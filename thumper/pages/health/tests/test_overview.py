"""Health page: what is missing is named, what failed can be tried again, and runs can be stopped and go on."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import django_rq
import pytest
from rq import SimpleWorker

from reid.detecting import registry
from reid.intake.watched import rounds
from reid.intake.watched.scan import AWAY
from reid.models import Detector, ReidRun
from reid.tests import make
from thumper.api.problems import REDIS_AWAY
from thumper.health import CANNOT_BE_REACHED
from thumper.herd.detector import shipped
from thumper.pages.health.overview import NO_REDIS, QUEUES, Disk
from thumper.runtime import queues

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from thumper.pages.tests.looking import Looker

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "maintenance"


def page(client: Client) -> str:
    answer = client.get("/health/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def failed(redis_client) -> queues.FailedJob:
    """A job that nobody could do, since its record of a store is no such one."""
    queue = django_rq.get_queue(QUEUE)
    queue.enqueue("analysis.jobs.threshold_report", "no scorer")
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)
    (job,) = [job for state in queues.read() for job in state.failed]
    return job


def test_a_failed_job_is_shown_with_the_last_line_of_its_error(
    client: Client, failed: queues.FailedJob
) -> None:
    assert failed.function == "analysis.jobs.threshold_report"
    assert failed.error
    assert failed.error.partition(":")[0] in page(client)


def test_a_watched_folder_stands_there_with_what_is_wrong(
    client: Client, redis_client, settings, tmp_path
) -> None:
    assert "Watched folders" not in page(client)
    settings.WATCH_FOLDERS = {tmp_path / "share": "north", tmp_path: ""}
    (tmp_path / "1.jpg").write_bytes(b"it may still grow")
    rounds.watch()
    text = page(client)
    assert "Watched folders" in text and "All is well." in text
    assert AWAY.partition(":")[0] in text
    assert "a folder for each camera" in text and "1 file waits" in text


def test_detectors_stand_there_with_their_licences_and_which_is_in_use(client: Client) -> None:
    assert "No detector is in use" in page(client)
    card = {"licence": "MIT", "source": "https://example.org/finder"}
    Detector.objects.create(
        name="finder", version="5", fingerprint="1" * 64, card=card, is_active=True
    )
    text = page(client)
    assert "finder 5" in text and "licence MIT" in text and "in use" in text
    assert "No detector is in use" not in text


def test_a_detector_is_put_in_use_and_one_whose_file_is_another_is_not(
    client: Client, settings, tmp_path
) -> None:
    settings.MODEL_ROOT = tmp_path
    folder = shipped.write_folder(tmp_path)
    detector = registry.register(folder)
    assert "drawn deer of the sample herd alone" in page(client)
    client.post(f"/health/detectors/{detector.pk}/use")
    assert registry.active() == detector
    Detector.objects.update(is_active=False)
    weights = folder / registry.card_of(detector).weights
    weights.write_bytes(weights.read_bytes() + b" ")
    text = client.post(f"/health/detectors/{detector.pk}/use", follow=True).content.decode()
    assert "sha256" in text
    assert registry.active() is None


def test_a_failed_job_that_is_tried_again_waits(client: Client, failed: queues.FailedJob) -> None:
    client.post(f"/health/jobs/{QUEUE}/{failed.id}/retry")
    states = {state.name: state for state in queues.read()}
    assert (states[QUEUE].waiting, states[QUEUE].failed) == (1, ())


def test_a_failed_job_is_taken_off_the_list_once(client: Client, failed: queues.FailedJob) -> None:
    address = f"/health/jobs/{QUEUE}/{failed.id}/forget"
    client.post(address)
    assert not [job for state in queues.read() for job in state.failed]
    again = client.post(address, follow=True)
    assert "on the list no more" in again.content.decode()


def test_a_queue_that_is_not_ours_is_never_touched(client: Client, redis_client) -> None:
    answer = client.post("/health/jobs/other/some-id/retry", follow=True)
    assert "on the list no more" in answer.content.decode()


def test_every_queue_has_a_name_for_people(settings) -> None:
    assert set(settings.QUEUES) == set(QUEUES)


def test_without_redis_the_page_says_so_and_shows_the_rest(client: Client, settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    text = page(client)
    assert str(NO_REDIS) in text
    assert "How deer get their names" in text


def test_an_act_that_meets_an_outage_of_redis_says_so(
    client: Client, failed: queues.FailedJob, settings
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    for act in ("retry", "forget"):
        answer = client.post(f"/health/jobs/{QUEUE}/{failed.id}/{act}")
        assert (answer.status_code, REDIS_AWAY in answer.content.decode()) == (503, True)


def test_a_run_under_way_is_asked_to_stop(client: Client, redis_client) -> None:
    run = make.run(make.scorer(), state=ReidRun.State.RUNNING)
    client.post(f"/health/runs/{run.pk}/cancel")
    run.refresh_from_db()
    assert run.cancel_requested
    assert "stops soon" in page(client)


def test_a_failed_run_goes_on_where_it_was(client: Client, redis_client) -> None:
    run = make.run(
        make.scorer(), state=ReidRun.State.FAILED, kind="identify", cursor="7", error="x"
    )
    client.post(f"/health/runs/{run.pk}/retry")
    run.refresh_from_db()
    assert (run.state, run.cursor, run.error) == ("running", "7", "")
    assert django_rq.get_queue("gpu").count == 1


def test_a_run_that_has_ended_well_is_not_done_again(client: Client, redis_client) -> None:
    run = make.run(make.scorer(), state=ReidRun.State.COMPLETED, kind="identify")
    client.post(f"/health/runs/{run.pk}/retry")
    run.refresh_from_db()
    assert run.state == "completed"
    assert django_rq.get_queue("gpu").count == 0


def test_who_does_not_look_after_the_server_cannot_touch_its_jobs(
    client: Client, failed: queues.FailedJob, settings, django_user_model
) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    client.force_login(django_user_model.objects.create_user("alma"))
    assert client.post(f"/health/jobs/{QUEUE}/{failed.id}/retry").status_code == 403
    assert [job for state in queues.read() for job in state.failed] == [failed]


@pytest.mark.parametrize(("free", "is_little"), [(4, True), (5, False)])
def test_less_than_a_twentieth_is_little_room(free: int, is_little: bool) -> None:
    assert Disk("photographs", free, 100).is_little is is_little


def test_one_disk_that_holds_everything_is_named_once(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30, total=2**31))
    text = page(client)
    assert text.count("1.0\xa0GB of 2.0\xa0GB are free") == 1


def test_disks_that_are_gone_leave_the_page_which_says_so(
    client: Client, settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = settings.EXPORT_ROOT = tmp_path / "unplugged"
    text = page(client)
    assert CANNOT_BE_REACHED in text
    assert f"exports {CANNOT_BE_REACHED}" in text


@pytest.fixture
def watched(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two watched folders, of this process and of the server that is started after it."""
    folders = {tmp_path / "share-that-is-away": "north gate", tmp_path: ""}
    settings.WATCH_FOLDERS = folders
    names = ",".join(f"{camera}={path}".lstrip("=") for path, camera in folders.items())
    monkeypatch.setenv("WATCH_FOLDERS", names)


@pytest.mark.service
def test_the_page_with_watched_folders_is_in_order(watched, looker: Looker, redis_client) -> None:
    rounds.watch()
    faults = looker.at("/health/", "health-watched")
    assert not faults, faults
    assert "All is well." in looker.browser.page_source
