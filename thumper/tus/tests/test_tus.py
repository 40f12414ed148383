"""Protocol of uploads (tus) against its text: https://tus.io/protocols/resumable-upload."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from reid.intake import requests, storage
from reid.models import UploadedFile
from thumper.models import ApiToken

if TYPE_CHECKING:
    from pathlib import Path

    from reid.models import ImportRequest

pytestmark = pytest.mark.django_db

TUS: dict[str, Any] = {"HTTP_TUS_RESUMABLE": "1.0.0"}
BYTES = b"0123456789abcdefghij"


def metadata(**values: str) -> str:
    return ",".join(
        f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in values.items()
    )


@pytest.fixture(autouse=True)
def upload_root(tmp_path: Path, settings: Any) -> Path:
    root = tmp_path / "uploads"
    settings.UPLOAD_ROOT, settings.UPLOAD_DISK_RESERVE = root, 0
    return root


@pytest.fixture
def upload(django_user_model: Any) -> ImportRequest:
    user = django_user_model.objects.get(username="local")
    return requests.create_upload(user, "North gate")


def announce(
    client: Client, upload: ImportRequest, path: str = "card/1.jpg", size: int = 20, **more: str
) -> Any:
    headers: dict[str, Any] = TUS | {"HTTP_UPLOAD_METADATA": metadata(relativePath=path, **more)}
    return client.post(f"/uploads/{upload.pk}/", HTTP_UPLOAD_LENGTH=str(size), **headers)


def patch(client: Client, url: str, offset: int, content: bytes, **more: str) -> Any:
    headers: dict[str, Any] = TUS | {"HTTP_UPLOAD_OFFSET": str(offset)} | more
    return client.patch(url, content, content_type="application/offset+octet-stream", **headers)


def head(client: Client, url: str) -> Any:
    return client.head(url, **TUS)


def test_options_say_what_the_server_can(
    client: Client, upload: ImportRequest, settings: Any
) -> None:
    answer = client.options(f"/uploads/{upload.pk}/")
    assert answer.status_code == 204
    assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
    assert (
        answer["Tus-Extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    )
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert int(answer["Tus-Max-Size"]) == settings.UPLOAD_MAX_BYTES


def test_a_file_comes_in_two_pieces_and_lies_at_its_path(
    client: Client, upload: ImportRequest
) -> None:
    made = announce(client, upload, lastModified="1760000000123")
    assert made.status_code == 201
    assert made["Upload-Expires"]
    url = made["Location"]
    first = patch(client, url, 0, BYTES[:12])
    assert (first.status_code, first["Upload-Offset"]) == (204, "12")
    told = head(client, url)
    assert (told["Upload-Offset"], told["Upload-Length"]) == ("12", "20")
    assert told["Cache-Control"] == "no-store"
    target = storage.folder_of(upload.pk) / "card" / "1.jpg"
    assert not target.exists()
    assert patch(client, url, 12, BYTES[12:])["Upload-Offset"] == "20"
    assert target.read_bytes() == BYTES
    assert target.stat().st_mtime_ns // 1_000_000 == 1760000000123
    assert head(client, url)["Upload-Offset"] == "20"


def test_a_creation_may_bring_the_first_bytes(client: Client, upload: ImportRequest) -> None:
    def created(content: bytes) -> Any:
        headers: dict[str, Any] = TUS | {"HTTP_UPLOAD_METADATA": metadata(filename="1.jpg")}
        return client.post(
            f"/uploads/{upload.pk}/",
            content,
            content_type="application/offset+octet-stream",
            HTTP_UPLOAD_LENGTH="20",
            **headers,
        )

    first = created(BYTES[:12])
    assert (first.status_code, first["Upload-Offset"]) == (201, "12")
    again = created(BYTES[:12])  # its sender has not had the answer
    assert (again["Location"], again["Upload-Offset"]) == (first["Location"], "12")
    assert patch(client, first["Location"], 12, BYTES[12:])["Upload-Offset"] == "20"
    assert (storage.folder_of(upload.pk) / "1.jpg").read_bytes() == BYTES


def test_another_version_is_refused_with_the_one_that_is_spoken(
    client: Client, upload: ImportRequest
) -> None:
    answer = client.post(
        f"/uploads/{upload.pk}/", HTTP_TUS_RESUMABLE="0.2.2", HTTP_UPLOAD_LENGTH="1"
    )
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")


def test_a_wrong_offset_is_a_conflict_and_changes_nothing(
    client: Client, upload: ImportRequest
) -> None:
    url = announce(client, upload)["Location"]
    patch(client, url, 0, BYTES[:5])
    for offset in (0, 4, 6, 20):
        assert patch(client, url, offset, b"x").status_code == 409
    assert head(client, url)["Upload-Offset"] == "5"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_with_a_wrong_checksum_are_thrown_away(
    client: Client, upload: ImportRequest, algorithm: str
) -> None:
    url = announce(client, upload)["Location"]
    right = base64.b64encode(hashlib.new(algorithm, BYTES).digest()).decode()
    wrong = base64.b64encode(hashlib.new(algorithm, b"other").digest()).decode()
    answer = patch(client, url, 0, BYTES, HTTP_UPLOAD_CHECKSUM=f"{algorithm} {wrong}")
    assert (answer.status_code, answer.reason_phrase) == (460, "Checksum Mismatch")
    assert head(client, url)["Upload-Offset"] == "0"
    answer = patch(client, url, 0, BYTES, HTTP_UPLOAD_CHECKSUM=f"{algorithm} {right}")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "20")


@pytest.mark.parametrize("text", ["md5 AAAA", "sha1", "sha1 %%%"])
def test_a_checksum_that_cannot_be_read_is_a_bad_request(
    client: Client, upload: ImportRequest, text: str
) -> None:
    url = announce(client, upload)["Location"]
    digest = "sha1" if text == "sha1" else text
    assert patch(client, url, 0, BYTES, HTTP_UPLOAD_CHECKSUM=digest).status_code in (400, 460)
    assert head(client, url)["Upload-Offset"] == "0"


def test_termination_takes_the_file_away(client: Client, upload: ImportRequest) -> None:
    url = announce(client, upload)["Location"]
    patch(client, url, 0, BYTES)
    assert client.delete(url, **TUS).status_code == 204
    assert head(client, url).status_code == 404
    assert patch(client, url, 0, BYTES).status_code == 404
    assert not (storage.folder_of(upload.pk) / "card").exists()
    assert announce(client, upload).status_code == 201


def test_an_upload_that_nobody_goes_on_with_expires(
    client: Client, upload: ImportRequest, settings: Any
) -> None:
    url = announce(client, upload)["Location"]
    patch(client, url, 0, BYTES[:5])
    part = storage.part_of(UploadedFile.objects.get().pk)
    old = time.time() - settings.UPLOAD_KEEP_DAYS * 86_400 - 60
    os.utime(part, (old, old))
    answer = patch(client, url, 5, BYTES[5:])
    assert answer.status_code == 410
    assert "choose it again" in answer.content.decode()
    assert part.stat().st_size == 5


def test_more_bytes_than_announced_are_refused(client: Client, upload: ImportRequest) -> None:
    url = announce(client, upload, size=10)["Location"]
    assert patch(client, url, 0, BYTES).status_code == 413
    assert head(client, url)["Upload-Offset"] == "0"


def test_a_request_that_is_longer_than_a_piece_may_be_is_refused(
    client: Client, upload: ImportRequest, settings: Any
) -> None:
    settings.UPLOAD_CHUNK_BYTES = 10
    url = announce(client, upload)["Location"]
    answer = patch(client, url, 0, BYTES)
    assert answer.status_code == 413
    assert "10 bytes" in answer.content.decode()


def test_a_piece_needs_its_type_and_its_offset(client: Client, upload: ImportRequest) -> None:
    url = announce(client, upload)["Location"]
    typed = client.patch(url, BYTES, content_type="image/jpeg", HTTP_UPLOAD_OFFSET="0", **TUS)
    assert typed.status_code == 415
    bare = client.patch(url, BYTES, content_type="application/offset+octet-stream", **TUS)
    assert bare.status_code == 400


@pytest.mark.parametrize("size", ["", "-1", "many", "1e3"])
def test_a_creation_needs_a_length(client: Client, upload: ImportRequest, size: str) -> None:
    headers: dict[str, Any] = TUS | {"HTTP_UPLOAD_METADATA": metadata(filename="1.jpg")}
    answer = client.post(f"/uploads/{upload.pk}/", HTTP_UPLOAD_LENGTH=size, **headers)
    assert answer.status_code == 400


def test_a_client_that_knows_get_and_post_alone_overrides_the_method(
    client: Client, upload: ImportRequest
) -> None:
    url = announce(client, upload)["Location"]
    answer = client.post(
        url,
        BYTES,
        content_type="application/offset+octet-stream",
        HTTP_UPLOAD_OFFSET="0",
        HTTP_X_HTTP_METHOD_OVERRIDE="PATCH",
        **TUS,
    )
    assert answer.status_code == 204
    answer = client.post(url, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE", **TUS)
    assert answer.status_code == 204


def test_an_empty_file_is_whole_at_once(client: Client, upload: ImportRequest) -> None:
    url = announce(client, upload, "empty.csv", 0)["Location"]
    assert head(client, url)["Upload-Offset"] == "0"
    assert (storage.folder_of(upload.pk) / "empty.csv").read_bytes() == b""


def test_a_page_of_another_site_may_not_upload(upload: ImportRequest) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = announce(strict, upload)
    assert answer.status_code == 403
    assert not UploadedFile.objects.exists()


def test_a_program_uploads_with_a_token_that_may_write(
    upload: ImportRequest, django_user_model: Any, settings: Any
) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False
    user = django_user_model.objects.get(username="local")
    strict = Client(enforce_csrf_checks=True)
    assert announce(strict, upload).status_code == 401
    for scope, status in ((ApiToken.Scope.READ, 403), (ApiToken.Scope.WRITE, 201)):
        token = ApiToken(user=user, name="card reader", scope=scope)
        key = token.new_key()
        token.save()
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
        headers = TUS | bearer | {"HTTP_UPLOAD_METADATA": metadata(filename="1.jpg")}
        answer = strict.post(f"/uploads/{upload.pk}/", HTTP_UPLOAD_LENGTH="20", **headers)
        assert answer.status_code == status


def test_the_listing_says_what_is_there_and_how_much_room(
    client: Client, upload: ImportRequest
) -> None:
    url = announce(client, upload)["Location"]
    patch(client, url, 0, BYTES)
    announce(client, upload, "card/2.jpg", lastModified="5")
    listing = client.get(f"/uploads/{upload.pk}/").json()
    assert [
        (one["path"], one["size"], one["whole"], one["modified"]) for one in listing["files"]
    ] == [
        ("card/1.jpg", 20, True, None),
        ("card/2.jpg", 20, False, 5),
    ]
    assert listing["files"][0]["url"] == url
    assert listing["free"] > 0
