"""The jobs themselves, run here on the real server and real files: every way in which a run can end."""

from __future__ import annotations

import errno
import hashlib
import zipfile
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from redis import RedisError
from rq.exceptions import AbandonedJobError
from rq.timeouts import JobTimeoutException

from exports import jobs
from exports.archive import crops_zip
from exports.jobs import Withdrawn, tracked
from exports.lifecycle import operations, retention, status
from exports.lifecycle.keys import key_of
from exports.lifecycle.records import ExportStatus, Failure, Phase
from exports.lifecycle.status import store
from exports.requests.specs import (
    ArchiveFormat,
    ArchiveSpec,
    DetectionSelection,
    ExportKind,
    GroupBy,
    ReportPeriod,
    ReportSpec,
    ReportType,
)
from exports.tests.life import NOW, OWNER, claim, live, running
from reid.db import outage
from reid.tests import make

pytestmark = pytest.mark.django_db  # how an export ended is noted there


def rq_job(job_id: object) -> SimpleNamespace:
    return SimpleNamespace(id=str(job_id), origin="exports")


def archive_of(*detections) -> ArchiveSpec:
    return ArchiveSpec(tuple(item.pk for item in detections), True, True, 300)


@pytest.fixture
def photographed(db, media_root):
    return [make.detection(image=make.image(with_file=True)) for _ in range(3)]


def test_an_archive_is_built_and_published(photographed, redis_client, export_root):
    spec = archive_of(*photographed)
    job_id = operations.submit(spec, OWNER).job_id
    jobs.build_archive(str(job_id), spec.to_json())
    record = live(job_id)
    assert (record.status, record.phase) == (ExportStatus.COMPLETED, Phase.FINISHED)
    assert (record.processed_count, record.missing_count) == (3, 0)
    (path,) = export_root.iterdir()
    assert path.name == f"{job_id}.{record.attempt}.zip"
    assert record.file_size_bytes == path.stat().st_size
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    with zipfile.ZipFile(path) as file:
        assert len(file.namelist()) == 5  # three crops, metadata.csv, manifest.json


def test_what_is_missing_is_counted(photographed, redis_client, media_root):
    (media_root / photographed[0].image.path).unlink()
    spec = archive_of(*photographed)
    job_id = operations.submit(spec, OWNER).job_id
    jobs.build_archive(str(job_id), spec.to_json())
    record = live(job_id)
    assert (record.status, record.missing_count) == (ExportStatus.COMPLETED, 1)


def test_an_archive_of_nothing_fails_with_its_reason(db, media_root, redis_client, export_root):
    spec = archive_of(make.detection())  # its photograph has no file
    job_id = operations.submit(spec, OWNER).job_id
    with pytest.raises(crops_zip.NothingExported):
        jobs.build_archive(str(job_id), spec.to_json())
    record = live(job_id)
    assert (record.status, record.error_code) == (ExportStatus.FAILED, Failure.NO_DATA)
    assert record.missing_count == record.total_count > 0
    assert "None of the 1 crops" in str(record.error)
    assert list(export_root.iterdir()) == []


def test_a_report_is_built_and_published(photographed, redis_client, export_root):
    period = ReportPeriod("October", NOW.date().replace(month=10, day=1), NOW.date())
    spec = ReportSpec(
        report_type=ReportType.SEASONAL_ACTIVITY,
        periods=(period,),
        group_by=GroupBy.MONTH,
        selection=DetectionSelection(),
        include_charts=True,
        include_tables=True,
        include_insights=True,
        title="October",
        notify=False,
    )
    record = operations.submit(spec, OWNER)
    assert record.kind is ExportKind.PDF
    jobs.build_report(str(record.job_id), spec.to_json())
    assert live(record.job_id).status is ExportStatus.COMPLETED
    (path,) = export_root.iterdir()
    assert path.read_bytes().startswith(b"%PDF-")


def test_there_is_nothing_to_do_for_a_deleted_export(submit, export_root, caplog):
    job_id = submit().job_id
    operations.withdraw(job_id, OWNER)
    jobs.build_archive(str(job_id), {})
    jobs.build_report(str(job_id), {})
    assert store().get(job_id) is None
    assert list(export_root.iterdir()) == []
    assert "the export is deleted" in caplog.text


def test_a_second_run_of_the_same_job_leaves_the_first_alone(submit, export_root):
    job_id = submit().job_id
    with tracked(job_id) as first:
        assert first is not None
        with tracked(job_id) as second:
            assert second is None
        first.draft.out.write(b"whole")
    with tracked(job_id) as third:
        assert third is None
    assert live(job_id).status is ExportStatus.COMPLETED
    assert len(list(export_root.iterdir())) == 1


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OSError(errno.ENOSPC, "no space"), Failure.DISK_FULL),
        (OSError(errno.EIO, "broken disk"), Failure.INTERNAL_ERROR),
        (JobTimeoutException("1800 s"), Failure.TIMEOUT),
        (crops_zip.NothingExported("No crops at all.", 2), Failure.NO_DATA),
        (RuntimeError("bug"), Failure.INTERNAL_ERROR),
        (MemoryError(), Failure.INTERNAL_ERROR),
    ],
)
def test_an_error_is_recorded_and_raised_again(submit, export_root, error, failure):
    job_id = submit().job_id
    with pytest.raises(type(error)), running(job_id) as attempt:
        attempt.draft.out.write(b"half")
        raise error
    record = live(job_id)
    assert (record.status, record.error_code) == (ExportStatus.FAILED, failure)
    assert "bug" not in str(record.error)
    assert list(export_root.iterdir()) == []


def test_a_run_whose_export_is_deleted_stops_at_the_next_step(submit, export_root, caplog):
    job_id = submit().job_id
    went_on = False
    with running(job_id) as attempt:
        operations.withdraw(job_id, OWNER)
        attempt.enter(Phase.PACKING)
        went_on = True
    assert not went_on
    assert "withdrawn" in caplog.text
    assert store().get(job_id) is None
    assert list(export_root.iterdir()) == []


def test_a_run_that_loses_at_the_last_moment_removes_its_file(submit, export_root, monkeypatch):
    job_id = submit().job_id
    with running(job_id) as attempt:
        publish = attempt.draft.publish

        def deleted_after_the_rename() -> None:
            publish()
            store().remove(job_id, OWNER)

        monkeypatch.setattr(attempt.draft, "publish", deleted_after_the_rename)
    assert store().get(job_id) is None
    assert list(export_root.iterdir()) == []


@pytest.mark.parametrize("deleted", [False, True])
def test_an_error_between_file_and_status_leaves_no_file(submit, export_root, monkeypatch, deleted):
    job_id = submit().job_id

    def interrupted(*_: object, **__: object) -> None:
        assert len(list(export_root.iterdir())) == 1
        if deleted:
            store().remove(job_id, OWNER)
        raise JobTimeoutException

    monkeypatch.setattr(status.StatusStore, "complete", interrupted)
    with pytest.raises(JobTimeoutException), running(job_id):
        pass
    assert list(export_root.iterdir()) == []


def test_an_error_after_the_end_leaves_the_completed_file(submit, export_root, monkeypatch):
    job_id = submit().job_id
    complete = status.StatusStore.complete

    def interrupted(*args: Any, **kwargs: Any) -> None:
        complete(*args, **kwargs)
        raise JobTimeoutException

    monkeypatch.setattr(status.StatusStore, "complete", interrupted)
    with pytest.raises(JobTimeoutException), running(job_id):
        pass
    assert live(job_id).status is ExportStatus.COMPLETED
    assert len(list(export_root.iterdir())) == 1


def test_a_run_whose_time_is_over_publishes_nothing(submit, export_root, settings):
    """Also where the exception that said so was swallowed on its way."""
    settings.EXPORT_JOB_TIMEOUT = -1
    job_id = submit().job_id
    with pytest.raises(JobTimeoutException), running(job_id) as attempt:
        attempt.draft.out.write(b"whole, but late")
    assert live(job_id).error_code is Failure.TIMEOUT
    assert list(export_root.iterdir()) == []


def test_progress_is_told_every_hundredth(submit, monkeypatch):
    written = []
    job_id = submit(count=1000).job_id
    advance = status.StatusStore.advance

    def listen(self, job_id, attempt, phase, processed=None):
        written.append(processed)
        return advance(self, job_id, attempt, phase, processed)

    with running(job_id) as attempt:
        monkeypatch.setattr(status.StatusStore, "advance", listen)
        monkeypatch.setattr("exports.jobs.time.monotonic", lambda: attempt._written_at)
        for done in range(1, 31):
            attempt.progress(done, 1000)
        assert written == [10, 20, 30]
        assert live(job_id).progress_percent == 3.0


def test_progress_is_told_every_two_seconds(submit, monkeypatch):
    job_id = submit(count=1000).job_id
    with running(job_id) as attempt:
        start = attempt._written_at
        monkeypatch.setattr("exports.jobs.time.monotonic", lambda: start + 1.9)
        attempt.progress(1, 1000)
        assert live(job_id).processed_count == 0
        monkeypatch.setattr("exports.jobs.time.monotonic", lambda: start + 2.0)
        attempt.progress(2, 1000)
        assert live(job_id).processed_count == 2


def test_progress_is_the_check_for_a_deletion(submit):
    job_id = submit(count=2).job_id
    with running(job_id) as attempt:
        operations.withdraw(job_id, OWNER)
        with pytest.raises(Withdrawn):
            attempt.progress(1, 2)
        raise Withdrawn


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        (JobTimeoutException, Failure.TIMEOUT),
        (AbandonedJobError, Failure.WORKER_LOST),
        (ImportError, Failure.INTERNAL_ERROR),
    ],
)
def test_what_rq_reports_fails_the_export(submit, redis_client, kind, failure):
    job_id = submit().job_id
    store().claim(job_id)
    jobs.on_failure(rq_job(job_id), redis_client, kind, kind(), None)
    assert live(job_id).error_code is failure


def test_a_killed_run_fails_and_its_files_go(submit, export_root):
    job_id = submit().job_id
    attempt = claim(job_id)
    (export_root / f"{job_id}.{attempt}.zip.part").touch()
    jobs.on_killed(rq_job(job_id))
    assert live(job_id).error_code is Failure.WORKER_KILLED
    assert list(export_root.iterdir()) == []


def test_a_stopped_run_fails_and_after_a_deletion_only_its_files_go(
    submit, redis_client, export_root
):
    stopped, deleted = submit().job_id, submit().job_id
    jobs.on_stopped(rq_job(stopped), redis_client)
    assert live(stopped).error_code is Failure.STOPPED
    operations.withdraw(deleted, OWNER)
    (export_root / f"{deleted}.{'a' * 32}.zip.part").touch()
    jobs.on_stopped(rq_job(deleted), redis_client)
    assert not redis_client.exists(key_of(deleted))
    assert list(export_root.iterdir()) == []


def test_a_late_report_leaves_a_completed_export_and_its_file(submit, redis_client, export_root):
    job_id = submit().job_id
    with running(job_id) as attempt:
        attempt.draft.out.write(b"whole")
    jobs.on_failure(rq_job(job_id), redis_client, RuntimeError, RuntimeError(), None)
    jobs.on_killed(rq_job(job_id))
    assert live(job_id).status is ExportStatus.COMPLETED
    assert len(list(export_root.iterdir())) == 1


def test_callbacks_never_raise(submit, settings, tmp_path, redis_client, caplog):
    job_id = submit().job_id
    redis_client.set(key_of(job_id), "broken")
    jobs.on_killed(rq_job(job_id))
    jobs.on_killed(rq_job("no-uuid"))
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    jobs.on_killed(rq_job(job_id))
    assert caplog.text.count("the end of an export could not be recorded") == 3


def test_the_periodic_rounds_count_what_they_did(submit, redis_client, export_root):
    (export_root / f"{uuid4()}.{'a' * 32}.zip").touch()
    assert jobs.purge() == 1
    assert jobs.reconcile() == 0
    assert retention.purge() == []


def test_every_registered_function_of_exports_exists(settings):
    names = {name for name in settings.RQ_REGISTERED_FUNCTIONS if name.startswith("exports.")}
    assert names == {
        f"exports.jobs.{name}"
        for name in (
            "build_report",
            "build_archive",
            "tell",
            "on_failure",
            "on_stopped",
            "reconcile",
            "freeze_link",
            "send_scheduled",
            "purge",
        )
    }
    assert all(callable(getattr(jobs, name.rpartition(".")[2])) for name in names)


def test_an_id_that_is_no_uuid_runs_nothing():
    with pytest.raises(ValueError, match="badly formed"):
        jobs.build_archive("../x", {})


# --- a database that is away -------------------------------------------------------------------------
@pytest.fixture
def away_is_told(monkeypatch):
    """As on PostgreSQL: an OperationalError says that it is away, and it is back at the next look."""
    monkeypatch.setattr(outage, "is_away", lambda error: isinstance(error, OperationalError))
    monkeypatch.setattr(outage, "is_answered", lambda: True)
    monkeypatch.setattr(outage, "close_old_connections", lambda: None)  # the test's own is in use
    monkeypatch.setattr(outage, "PAUSE", 0)


def test_an_archive_that_met_an_outage_is_written_anew(
    submit, export_root, monkeypatch, away_is_told
):
    written = []

    def write(spec: ArchiveSpec, out: Any, progress: object) -> Any:
        out.write(b"half, and ")
        written.append(out.size)
        if len(written) == 1:
            raise OperationalError("the connection is lost")
        return SimpleNamespace(missing=0)

    monkeypatch.setitem(jobs._WRITERS, ArchiveFormat.CROPS, write)
    record = submit()
    jobs.build_archive(str(record.job_id), ArchiveSpec((uuid4(),), True, True, 300).to_json())
    assert live(record.job_id).status is ExportStatus.COMPLETED
    (path,) = export_root.iterdir()
    assert path.read_bytes() == b"half, and "


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OperationalError("the connection is lost"), Failure.DATABASE_AWAY),
        (RedisError("nobody answers"), Failure.REDIS_AWAY),
    ],
)
def test_an_outage_that_lasts_is_told_as_such(submit, away_is_told, error, failure):
    job_id = submit().job_id
    with pytest.raises(type(error)), running(job_id):
        raise error
    record = live(job_id)
    assert (record.error_code, record.error) == (failure, failure.sentence)
    assert "again" in failure.sentence
