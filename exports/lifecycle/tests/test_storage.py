"""Files of exports: never half a file under a whole file's name, and never another's file removed."""

from __future__ import annotations

import hashlib
import io
import zipfile
from uuid import uuid4

import pytest

from exports.lifecycle import storage
from exports.requests.specs import ExportKind

ATTEMPT, OTHER = "a" * 32, "b" * 32


def names(root) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def test_a_file_has_its_name_only_when_it_is_whole(export_root):
    job_id = uuid4()
    whole = f"{job_id}.{ATTEMPT}.pdf"
    with storage.Draft(job_id, ATTEMPT, ExportKind.PDF) as draft:
        draft.out.write(b"half")
        assert names(export_root) == [f"{whole}.part"]
        draft.publish()
        assert names(export_root) == [whole]
    assert names(export_root) == [whole]


def test_size_and_digest_are_those_of_the_file(export_root):
    with storage.Draft(uuid4(), ATTEMPT, ExportKind.PDF) as draft:
        for part in (b"one ", bytearray(b"two "), memoryview(b"three")):
            draft.out.write(part)
        draft.publish()
    data = b"one two three"
    assert draft.path.read_bytes() == data
    assert (draft.out.size, draft.out.sha256) == (13, hashlib.sha256(data).hexdigest())


def test_a_zip_is_streamed_and_hashed_as_it_lies_on_the_disk():
    with storage.Draft(uuid4(), ATTEMPT, ExportKind.ZIP) as draft:
        with zipfile.ZipFile(draft.out, "w") as file:
            file.writestr("a.txt", "a" * 1000)
        draft.publish()
    assert hashlib.sha256(draft.path.read_bytes()).hexdigest() == draft.out.sha256
    with zipfile.ZipFile(draft.path) as file:
        assert file.testzip() is None


def test_what_was_written_cannot_be_written_over():
    with storage.Draft(uuid4(), ATTEMPT, ExportKind.PDF) as draft:
        assert not draft.out.seekable()
        with pytest.raises(io.UnsupportedOperation):
            draft.out.seek(0)


def test_what_was_not_published_is_removed(export_root):
    with pytest.raises(RuntimeError), storage.Draft(uuid4(), ATTEMPT, ExportKind.PDF) as draft:
        draft.out.write(b"half")
        raise RuntimeError
    assert names(export_root) == []


def test_a_loser_removes_its_own_file_alone(export_root):
    job_id = uuid4()
    for attempt in (ATTEMPT, OTHER):
        with storage.Draft(job_id, attempt, ExportKind.PDF) as draft:
            draft.publish()
    draft.withdraw()
    draft.withdraw()  # once more does no harm
    assert names(export_root) == [f"{job_id}.{ATTEMPT}.pdf"]


def test_discarding_takes_every_file_of_the_export_and_no_other(export_root):
    job_id, other = uuid4(), uuid4()
    for owner, attempt in ((job_id, ATTEMPT), (job_id, OTHER), (other, ATTEMPT)):
        with storage.Draft(owner, attempt, ExportKind.ZIP) as draft:
            draft.publish()
    (export_root / f"{job_id}.{ATTEMPT}.zip.part").touch()
    storage.discard(job_id)
    assert names(export_root) == [f"{other}.{ATTEMPT}.zip"]


@pytest.mark.parametrize("attempt", ["", "../" + "a" * 29, "A" * 32, "a" * 31, "a" * 32 + "\n"])
def test_only_our_own_tokens_become_paths(attempt):
    with pytest.raises(ValueError, match="no attempt token"):
        storage.open_file(uuid4(), attempt, ExportKind.PDF)


def test_a_published_file_is_read_and_a_missing_one_is_not_found():
    job_id = uuid4()
    with pytest.raises(FileNotFoundError):
        storage.open_file(job_id, ATTEMPT, ExportKind.PDF)
    with storage.Draft(job_id, ATTEMPT, ExportKind.PDF) as draft:
        draft.out.write(b"whole")
        draft.publish()
    with storage.open_file(job_id, ATTEMPT, ExportKind.PDF) as file:
        assert file.read() == b"whole"


def test_only_files_that_bear_an_exports_name_are_ours(export_root):
    job_id = uuid4()
    for name in (f"{job_id}.{ATTEMPT}.zip", f"{job_id}.{ATTEMPT}.pdf.part", "notes.txt", ".keep"):
        (export_root / name).touch()
    found = {(file.job_id, file.attempt, file.is_part) for file in storage.stored_files()}
    assert found == {(job_id, ATTEMPT, False), (job_id, ATTEMPT, True)}
