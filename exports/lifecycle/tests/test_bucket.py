"""Files of exports in a bucket: built and sent as from a folder, removed with their status, and a sentence while it is away."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from exports import jobs
from exports.lifecycle import operations, retention, storage
from exports.lifecycle.records import ExportStatus, Failure
from exports.requests.specs import ArchiveSpec, ExportKind
from exports.tests.life import live
from reid.storage.photo_store import StoreAway, photo_store
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from reid.models import Detection
    from reid.tests.buckets import Bucket

pytestmark = pytest.mark.service
ATTEMPT = "a" * 32


@pytest.fixture(autouse=True)
def in_bucket(bucket: Bucket, settings: Any) -> None:
    settings.EXPORT_STORAGE = "s3"


def publish(content: bytes) -> UUID:
    job_id = uuid4()
    with storage.Draft(job_id, ATTEMPT, ExportKind.ZIP) as draft:
        draft.out.write(content)
        draft.publish()
    return job_id


def test_a_published_file_is_in_the_bucket_alone(bucket: Bucket, export_root: Path) -> None:
    job_id = publish(b"whole")
    assert bucket.listed() == [f".exports/{job_id}.{ATTEMPT}.zip"]
    assert list(export_root.iterdir()) == []
    with storage.open_file(job_id, ATTEMPT, ExportKind.ZIP) as file:
        assert file.read() == b"whole"


def test_a_large_file_is_sent_in_parts(bucket: Bucket) -> None:
    content = b"0123456789" * 2_000_000  # more than the 8 MiB of a part
    job_id = publish(content)
    with storage.open_file(job_id, ATTEMPT, ExportKind.ZIP) as file:
        assert file.read() == content


def test_what_was_not_published_is_in_no_place(bucket: Bucket, export_root: Path) -> None:
    with storage.Draft(uuid4(), ATTEMPT, ExportKind.PDF) as draft:
        draft.out.write(b"half")
    assert bucket.listed() == []
    assert list(export_root.iterdir()) == []


def test_a_missing_file_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        storage.open_file(uuid4(), ATTEMPT, ExportKind.ZIP)


def test_files_are_discarded_with_their_export_and_no_others(bucket: Bucket) -> None:
    gone, other = publish(b"1"), publish(b"2")
    storage.discard(gone)
    assert bucket.listed() == [f".exports/{other}.{ATTEMPT}.zip"]


def test_files_without_a_status_are_purged_and_photographs_are_not(
    bucket: Bucket, redis_client: Any
) -> None:
    publish(b"1")
    photo_store.replace(f"{uuid4()}.{ATTEMPT}.zip", b"a photograph's odd name")
    kept = [key for key in bucket.listed() if not key.startswith(".exports/")]
    assert len(retention.purge()) == 1
    assert bucket.listed() == kept


def test_a_purge_says_why_it_cannot_be_done(
    bucket: Bucket, redis_client: Any, settings: Any
) -> None:
    away = {"endpoint_url": "http://127.0.0.1:1"}
    settings.STORAGES = settings.STORAGES | {"exports": bucket.backend(**away)}
    with pytest.raises(CommandError, match="does not answer"):
        call_command("purge_exports")


@pytest.fixture
def photographed(db: None, media_root: Path) -> list[Detection]:
    found = [make.detection(image=make.image(with_file=True)) for _ in range(2)]
    for item in found:
        photo_store.place(item.image.path, media_root / item.image.path)
    return found


def submitted(photographed: list[Detection], owner_id: int) -> tuple[UUID, ArchiveSpec]:
    spec = ArchiveSpec(tuple(item.pk for item in photographed), True, True, 300)
    return operations.submit(spec, owner_id).job_id, spec


def test_an_archive_of_photographs_of_a_bucket_is_downloaded_from_it(
    photographed: list[Detection], redis_client: Any, admin_client: Client, admin_user: Any
) -> None:
    job_id, spec = submitted(photographed, admin_user.pk)
    jobs.build_archive(str(job_id), spec.to_json())
    record = live(job_id)
    assert (record.status, record.missing_count) == (ExportStatus.COMPLETED, 0)
    address = f"/api/static/exports/{job_id}.zip"
    whole = b"".join(admin_client.get(address))
    assert (len(whole), hashlib.sha256(whole).hexdigest()) == (
        record.file_size_bytes,
        record.sha256,
    )
    part = admin_client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, b"".join(part)) == (206, whole[10:20])


def test_an_export_fails_with_its_reason_while_the_bucket_refuses_and_is_not_half_an_archive(
    photographed: list[Detection], redis_client: Any, bucket: Bucket, admin_user: Any
) -> None:
    job_id, spec = submitted(photographed, admin_user.pk)
    bucket.deny()
    with pytest.raises(StoreAway):
        jobs.build_archive(str(job_id), spec.to_json())
    record = live(job_id)
    assert (record.status, record.error_code) == (ExportStatus.FAILED, Failure.STORAGE_AWAY)
    assert "Start the export again" in str(record.error)


def test_a_download_while_the_bucket_refuses_is_a_503(
    photographed: list[Detection],
    redis_client: Any,
    bucket: Bucket,
    admin_client: Client,
    admin_user: Any,
) -> None:
    job_id, spec = submitted(photographed, admin_user.pk)
    jobs.build_archive(str(job_id), spec.to_json())
    bucket.deny()
    answer = admin_client.get(f"/api/static/exports/{job_id}.zip")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
