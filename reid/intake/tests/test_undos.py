"""Undos of imports by the worker: whole or not at all, once, and taken up again where a worker died."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django_rq
import pytest
from django.db import OperationalError
from django.utils import timezone

from reid import jobs
from reid.db import outage, shared_clock
from reid.intake import requests
from reid.intake.tests.uploaded import card, megadetector, put
from reid.intake.working import claims, removal, undos, work
from reid.models import SILENT_AFTER, Detection, Image, Import, ImportRequest, ImportUndo
from reid.reviewing import correct_class

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
State = ImportUndo.State


@pytest.fixture
def actor(django_user_model: Any) -> User:
    user: User = django_user_model.objects.create_user("ann")
    return user


@pytest.fixture
def record(actor: User, tmp_path: Path, media_root: Path, settings: Any) -> Import:
    """An import of three photographs with an animal each."""
    settings.UPLOAD_ROOT, settings.UPLOAD_DISK_RESERVE = tmp_path / "uploads", 0
    request = requests.create_upload(actor, "North gate")
    put(request, "boxes.json", megadetector(card(request)))
    ImportRequest.objects.update(source="boxes.json")
    request.refresh_from_db()
    requests.look(request)
    work.work(request.pk)
    request.refresh_from_db()
    requests.start(request, clock_is_right=True)
    work.work(request.pk)
    django_rq.get_queue(requests.QUEUE).empty()
    return Import.objects.get()


def queued() -> list[tuple[str, list[str]]]:
    return [(job.func_name, list(job.args)) for job in django_rq.get_queue(requests.QUEUE).jobs]


def test_an_undo_is_queued_once_and_done_by_the_worker(record: Import, actor: User) -> None:
    undo = undos.ask(record, actor=actor)
    assert undos.ask(record, actor=actor) == undo
    assert queued() == [(undos.JOB, [str(undo.pk)])]
    assert Image.objects.count() == 3
    jobs.undo_import(str(undo.pk))
    undo.refresh_from_db()
    assert (undo.state, undo.counts["images"], undo.counts["detections"]) == (State.DONE, 3, 3)
    assert not Image.objects.exists()
    jobs.undo_import(str(undo.pk))  # queued twice: nothing is left to do
    undo.refresh_from_db()
    assert (undo.state, undo.attempts) == (State.DONE, 1)


def test_what_was_used_since_is_listed_and_stays_if_that_is_said(
    record: Import, actor: User
) -> None:
    used = Detection.objects.order_by("pk").first()
    assert used
    correct_class(versions={used.pk: used.version}, classification="doe", actor=actor)
    refused = undos.ask(record, actor=actor)
    undos.work(refused.pk)
    refused.refresh_from_db()
    assert (refused.state, refused.counts) == (State.REFUSED, {"conflicts": 1})
    assert "was reviewed by ann" in refused.conflicts[0]
    assert Image.objects.count() == 3
    kept = undos.ask(record, actor=actor, keep_used=True)
    undos.work(kept.pk)
    assert Detection.objects.get() == used


def test_an_undo_whose_worker_was_killed_has_changed_nothing_and_is_taken_up_again(
    record: Import, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """The process is gone: nothing of it runs any more."""

    def die(*_: Any, **how: Any) -> Any:
        undone(*_, **how)
        raise Died

    undo = undos.ask(record, actor=actor)
    undone = removal.undo_whole
    with monkeypatch.context() as patch:
        patch.setattr(removal, "undo_whole", die)
        with pytest.raises(Died):
            undos.work(undo.pk)
    undo.refresh_from_db()
    assert (undo.state, undo.at_work, Image.objects.count()) == (State.WAITING, True, 3)
    django_rq.get_queue(requests.QUEUE).empty()
    assert jobs.resume_silent() == []  # for all that is known, its worker is alive
    jobs.on_import_killed(str(undo.pk))
    assert jobs.resume_silent() == [str(undo.pk)]
    assert jobs.resume_silent() == []
    assert queued() == [(undos.JOB, [str(undo.pk)])]
    undos.work(undo.pk)
    assert not Image.objects.exists()


def test_a_worker_that_is_silent_for_long_is_taken_for_dead(record: Import, actor: User) -> None:
    undo = undos.ask(record, actor=actor)
    ago = timezone.now() - SILENT_AFTER - timedelta(seconds=1)
    ImportUndo.objects.update(at_work=True, attempts=1, heartbeat_at=ago)
    assert undos.resume_silent() == [str(undo.pk)]


def test_an_undo_that_kills_its_workers_ends(record: Import, actor: User) -> None:
    undo = undos.ask(record, actor=actor)
    ImportUndo.objects.update(attempts=claims.MOST_ATTEMPTS)
    undos.work(undo.pk)
    undo.refresh_from_db()
    assert (undo.state, Image.objects.count()) == (State.FAILED, 3)
    assert "was killed 3 times" in undo.error


def test_an_undo_that_meets_an_outage_is_taken_up_again(
    record: Import, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "is_away", lambda error: isinstance(error, OperationalError))

    def lost(*_: Any, **__: Any) -> Any:
        raise OperationalError("the connection is lost")

    undo = undos.ask(record, actor=actor)
    with monkeypatch.context() as away:
        away.setattr(removal, "undo_whole", lost)
        undos.work(undo.pk)
    undo.refresh_from_db()
    assert (undo.state, undo.error, Image.objects.count()) == (State.WAITING, "", 3)
    assert undos.resume_silent() == [str(undo.pk)]
    undos.work(undo.pk)
    assert not Image.objects.exists()


def test_undos_of_hosts_whose_clocks_disagree_are_judged_by_the_shared_one(
    record: Import, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This host is two hours behind: by its own clock whoever asks would be silent at once to all others."""
    shared = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(shared_clock, "now", lambda: shared)
    undo = undos.ask(record, actor=actor)
    assert undo.heartbeat_at == shared
    assert undos.resume_silent() == []


def test_an_error_nobody_expects_is_said_and_raised(
    record: Import, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    undo = undos.ask(record, actor=actor)
    monkeypatch.setattr(removal, "undo_whole", fail)
    with pytest.raises(ZeroDivisionError):
        undos.work(undo.pk)
    undo.refresh_from_db()
    assert undo.state == State.FAILED
    assert undo.error
