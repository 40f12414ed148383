"""RQ jobs of exports: the two kinds of export, their callbacks, what links show, the periodic jobs, and a mail.

All are named in RQ_REGISTERED_FUNCTIONS. Both kinds of export run inside `tracked`."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings
from rq import get_current_job
from rq.timeouts import JobTimeoutException

from exports.archive import crops_zip
from exports.camtrap import package_zip
from exports.history import keeping, standing
from exports.lifecycle import errors, notices, reconciler, retention, status, storage
from exports.lifecycle.records import Failure, Phase
from exports.requests.specs import ArchiveFormat, ArchiveSpec, ReportSpec
from exports.scheduling import rounds
from exports.sharing import frozen, links, mails
from reid.db import outage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis
    from rq.job import Job

    from exports.lifecycle.records import ExportRecord

logger = logging.getLogger(__name__)

PROGRESS_SECONDS: Final = 2.0
PROGRESS_SHARE: Final = 0.01
DATABASE_SECONDS: Final = 60.0
"""An export waits so long for a database that is away."""
_WRITERS: Final = {
    ArchiveFormat.CROPS: crops_zip.write_archive,
    ArchiveFormat.CAMTRAP_DP: package_zip.write_camtrap,
}


class Withdrawn(Exception):
    """The export was deleted, has ended or belongs to another run: this run has nothing more to do."""


class Attempt:
    """One run's hold on an export: where its progress goes and its file grows."""

    def __init__(self, store: status.StatusStore, record: ExportRecord) -> None:
        self.job_id, self.token = record.job_id, str(record.attempt)
        self.missing = 0
        self.is_completed = False
        self.draft = storage.Draft(record.job_id, self.token, record.kind)
        self._store = store
        self._written_at, self._written = time.monotonic(), 0
        job = get_current_job()
        self._ends_at = self._written_at + (job.timeout if job else settings.EXPORT_JOB_TIMEOUT)

    def enter(self, phase: Phase) -> None:
        """Say which phase begins. Raises Withdrawn where nobody waits for this run any more.

        Raises JobTimeoutException where its time is over. RQ raises that once, wherever the job is just then;
        a library that catches everything would swallow it, and the export would end as if in time.
        """
        if time.monotonic() > self._ends_at:
            raise JobTimeoutException
        if not self._store.advance(self.job_id, self.token, phase):
            raise Withdrawn

    def progress(self, done: int, total: int) -> None:
        """Say how far packing is, every 2 s or 1 %; also the check for a DELETE. Raises Withdrawn."""
        waited = time.monotonic() - self._written_at >= PROGRESS_SECONDS
        if not waited and done - self._written < max(total * PROGRESS_SHARE, 1):
            return
        self._written_at, self._written = time.monotonic(), done
        if not self._store.advance(self.job_id, self.token, Phase.PACKING, done):
            raise Withdrawn

    def publish(self) -> None:
        """File first, status second: what says completed has its file. Raises Withdrawn."""
        self.enter(Phase.PUBLISHING)
        self.draft.publish()
        out = self.draft.out
        completed = self._store.complete(
            self.job_id, self.token, size=out.size, sha256=out.sha256, missing=self.missing
        )
        if not completed:
            self.draft.withdraw()
            raise Withdrawn
        self.is_completed = True
        _ended(completed)

    def fail(self, failure: Failure, sentence: str = "") -> None:
        """Record the failure. A file that was published a moment before goes, unless it was completed."""
        failed = self._store.fail(self.job_id, self.token, failure, sentence, missing=self.missing)
        if failed or self._store.get(self.job_id) is None:
            self.draft.withdraw()
        if failed:
            _ended(failed)


@contextmanager
def tracked(job_id: UUID) -> Iterator[Attempt | None]:
    """Own the export's life while its body runs: claim, record a failure and raise it again, publish.

    Yields None where there is nothing to do: deleted, expired, ended, or in another run's hands.
    """
    store = status.store(patient=True)
    record = store.claim(job_id)
    if record is None:
        reason = "deleted" if store.was_deleted(job_id) else "gone, ended or in work elsewhere"
        logger.info("nothing to do: the export is %s", reason, extra={"job_id": job_id})
        yield None
        return
    attempt = Attempt(store, record)
    with attempt.draft:
        try:
            yield attempt
            attempt.publish()
        except Withdrawn:
            logger.info("export withdrawn while it was built", extra={"job_id": job_id})
        except JobTimeoutException:  # before Exception, of which it is one
            attempt.fail(Failure.TIMEOUT)
            raise
        except crops_zip.NothingExported as error:
            attempt.missing = error.missing
            attempt.fail(Failure.NO_DATA, str(error))
            raise
        except Exception as error:
            attempt.fail(errors.failure_of(error))
            raise


def build_report(job_id: str, payload: dict[str, Any]) -> None:
    """RQ job: the PDF that a ReportSpec asks for."""
    with tracked(UUID(job_id)) as attempt:
        if attempt is None:
            return
        # Here, not above: web servers and other workers import this module too, and need no WeasyPrint.
        from exports.report import page, pdf

        spec = ReportSpec.from_json(payload)
        attempt.enter(Phase.COLLECTING)
        summary = outage.patiently(lambda: page.collected(spec), DATABASE_SECONDS)
        attempt.enter(Phase.RENDERING)
        pdf.write_report(summary, spec, attempt.draft.out)
    if attempt.is_completed and spec.recipients:
        mails.deliver(attempt.job_id)


def build_archive(job_id: str, payload: dict[str, Any]) -> None:
    """RQ job: the ZIP that an ArchiveSpec asks for."""
    with tracked(UUID(job_id)) as attempt:
        if attempt is None:
            return
        attempt.enter(Phase.PACKING)
        spec = ArchiveSpec.from_json(payload)
        attempt.missing = outage.patiently(partial(_pack, attempt, spec), DATABASE_SECONDS)


def _pack(attempt: Attempt, spec: ArchiveSpec) -> int:
    """Write the whole archive, from its beginning; how many are missing."""
    if attempt.draft.out.size:
        attempt.draft.begin_again()
    return _WRITERS[spec.format](spec, attempt.draft.out, attempt.progress).missing


def freeze_link(link_id: int) -> None:
    """RQ job: page and PDF of a report that a link shows."""
    frozen.freeze_open(link_id)


def send_scheduled() -> int:
    """RQ job, every 5 min: reports that are due, mails that are left, links without content; return how many reports."""
    for link in frozen.unfrozen():
        frozen.freeze_later(link)
    return rounds.advance()


def on_failure(job: Job, connection: Redis, kind: type[BaseException], *_: object) -> None:
    """RQ's callback: an exception, a timeout, or a worker that is gone. Never raises."""
    failure = {"JobTimeoutException": Failure.TIMEOUT, "AbandonedJobError": Failure.WORKER_LOST}
    _end_badly(job, failure.get(kind.__name__, Failure.INTERNAL_ERROR))


def on_stopped(job: Job, connection: Redis) -> None:
    """RQ's callback: somebody stopped the job; after a DELETE, what it had written goes. Never raises."""
    _end_badly(job, Failure.STOPPED)


def on_killed(job: Job) -> None:
    """The work-horse was killed (out of memory, most often). Never raises."""
    _end_badly(job, Failure.WORKER_KILLED)


def tell(job_id: str) -> None:
    """RQ job: mail whoever waits for an export that somebody who asked for it found lost."""
    if record := status.store().get(UUID(job_id)):
        notices.send(record)


def reconcile() -> int:
    """RQ job, every 30 s: fail what is lost, keep alive what waits, note what ended; return how many were failed."""
    failed = reconciler.reconcile()
    for record in failed:
        _ended(record)
    standing.settle_all()
    return len(failed)


def purge() -> int:
    """RQ job, every 10 min: remove files without a live key, old requests and links; return how many files."""
    keeping.purge()
    links.purge()
    return len(retention.purge())


def _ended(record: ExportRecord) -> None:
    """Remember how the export ended, and mail its owner where he wants that."""
    standing.note_end(record)
    notices.send(record)


def _end_badly(job: Job, failure: Failure) -> None:
    """Fail the attempt that the record names, and remove the files where no record wants them.

    Called where the run itself cannot tell any more. An exception would end the worker that calls, or hide
    the error that brought us here, so it is logged and goes no further; the reconciler will see to the rest.
    """
    try:
        job_id = UUID(job.id)
        store = status.store()
        record = store.get(job_id)
        if record and record.is_processing:
            failed = store.fail(job_id, record.attempt, failure)
            record = failed or store.get(job_id)
            if failed:
                _ended(failed)
        if record is None or record.error:
            storage.discard(job_id)
    except Exception:
        logger.exception("the end of an export could not be recorded", extra={"job_id": job.id})
