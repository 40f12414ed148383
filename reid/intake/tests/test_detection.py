"""Imports in the browser whose photographs no detector has looked at: searched, then identified, by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis

from reid import jobs
from reid.detecting.running import detect
from reid.detecting.running.tests.photographed import SIZE, in_use
from reid.detecting.tests import networks
from reid.identifying import run_workers
from reid.intake import requests
from reid.intake.answers import Answers
from reid.intake.tests.uploaded import put
from reid.intake.working import waiting, work
from reid.models import Detection, Image, ImportRequest, ReidRun

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
State = ImportRequest.State
ANIMAL = (30, 30, 60, 30)
DEER = [
    {"name": "deer", "classification": "unknown_deer"},
    {"name": "person", "classification": "person"},
    {"name": "vehicle", "classification": "vehicle"},
]


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path / "models"


def imported(request: ImportRequest) -> ReidRun | None:
    """Two photographs of a card, one of them with an animal; the run that was started."""
    put(request, "1.png", networks.photograph(SIZE, animal=ANIMAL))
    put(request, "2.png", networks.photograph(SIZE))
    requests.give_answers(request, "", Answers(camera="North gate"))
    requests.look(request)
    work.work(request.pk)
    request.refresh_from_db()
    requests.start(request, clock_is_right=True)
    work.work(request.pk)
    request.refresh_from_db()
    return request.run


def test_photographs_without_boxes_are_searched_and_then_identified(upload: ImportRequest) -> None:
    in_use(classes=DEER)
    run = imported(upload)
    assert run
    assert (upload.state, run.kind) == (State.DETECTING, ReidRun.Kind.DETECT)
    jobs.detect(str(run.pk))
    upload.refresh_from_db()
    assert upload.run
    assert (upload.state, upload.run.kind) == (State.IDENTIFYING, ReidRun.Kind.IDENTIFY)
    assert Detection.objects.identifiable().count() == 1
    assert set(Image.objects.values_list("looked", flat=True)) == {"yes"}


def test_where_no_deer_is_found_it_is_done(upload: ImportRequest) -> None:
    in_use()
    run = imported(upload)
    assert run
    jobs.detect(str(run.pk))
    upload.refresh_from_db()
    assert (upload.state, upload.run, upload.error) == (State.DONE, None, "")
    assert Detection.objects.get().classification == "animal"


def test_without_a_detector_it_is_as_before(upload: ImportRequest) -> None:
    assert imported(upload) is None
    assert upload.state == State.DONE


def test_only_its_own_photographs_are_searched(upload: ImportRequest, ranger: Any) -> None:
    imported(upload)
    in_use()
    other = requests.create_upload(ranger, "South gate")
    put(other, "3.png", networks.photograph(SIZE, person=ANIMAL))
    requests.give_answers(other, "", Answers(camera="South"))
    requests.look(other)
    work.work(other.pk)
    other.refresh_from_db()
    requests.start(other, clock_is_right=True)
    work.work(other.pk)
    other.refresh_from_db()
    assert other.run
    jobs.detect(str(other.run.pk))
    assert [row.classification for row in Detection.objects.all()] == ["person"]
    assert Image.objects.filter(looked="no").count() == 2


def test_a_search_that_was_cancelled_says_so_and_the_import_ends(upload: ImportRequest) -> None:
    in_use()
    run = imported(upload)
    assert run
    run_workers.request_cancel(ReidRun.objects.all())
    assert not detect.advance(run.pk)
    jobs.resume_silent()
    upload.refresh_from_db()
    assert upload.state == State.DONE
    assert "The search for animals ended as cancelled" in upload.error


def test_a_search_that_is_stopped_keeps_what_it_found_and_goes_on_with_the_rest(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped after the first of the two photographs."""
    in_use()
    monkeypatch.setattr(detect, "CHUNK", 1)
    run = imported(upload)
    assert run and detect.advance(run.pk)
    waiting.stop(upload)
    assert not detect.advance(run.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (State.DONE, waiting.STOPPED[State.DETECTING])
    looked = Image.objects.filter(looked="yes").count()
    assert looked == 1
    waiting.go_on(upload)
    upload.refresh_from_db()
    assert upload.run and upload.run != run
    jobs.detect(str(upload.run.pk))
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (State.DONE, "")
    assert Image.objects.filter(looked="yes").count() == 2
    assert Detection.objects.count() == 1


@pytest.mark.parametrize("error", [redis.ConnectionError, redis.TimeoutError])
def test_redis_that_is_away_makes_no_second_search(
    upload: ImportRequest, monkeypatch: pytest.MonkeyPatch, error: type[redis.RedisError]
) -> None:
    """A host that is gone without a word is a TimeoutError, which is no ConnectionError there."""
    in_use()

    def away(_run: ReidRun) -> None:
        raise error("away")

    with monkeypatch.context() as patch:
        patch.setattr(run_workers, "start", away)
        assert imported(upload) is None
    assert upload.state == State.DETECTING
    jobs.resume_silent()
    upload.refresh_from_db()
    assert upload.run == ReidRun.objects.get()
