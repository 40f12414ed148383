"""Photographs in a bucket: the same answers as of a folder, and a sentence for each thing that can be wrong with it."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import SuspiciousOperation

from reid.storage import bucket as buckets
from reid.storage import bucket_answers
from reid.storage.photo_store import StoreAway, photo_store, read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.tests.buckets import Bucket

pytestmark = pytest.mark.service


@pytest.fixture(params=["folder", "bucket"])
def any_store(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue("media_root" if request.param == "folder" else "bucket")
    return str(request.param)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A file that is no part of any store."""
    path = tmp_path / "card.jpg"
    path.write_bytes(b"photograph" * 100_000)
    return path


def elsewhere(settings: Any, **options: Any) -> None:
    """Let the store be the same bucket with other options."""
    backend = settings.STORAGES["default"]
    backend = backend | {"OPTIONS": backend["OPTIONS"] | options}
    settings.STORAGES = settings.STORAGES | {"default": backend}


ASKED = {
    "read": lambda: read_file("a.jpg"),
    "exists": lambda: photo_store.exists("a.jpg"),
    "existing": lambda: photo_store.existing(["a.jpg", "b.jpg"]),
    "holds": lambda: photo_store.holds("a.jpg", 3, "0" * 64),
    "replace": lambda: photo_store.replace("a.jpg", b"new"),
    "delete": lambda: photo_store.delete("a.jpg"),
    "move": lambda: photo_store.move("a.jpg", "b.jpg"),
}
"""What is asked of a bucket."""


def test_what_is_replaced_is_read_whole(any_store: str) -> None:
    photo_store.replace("crops/a.jpg", b"first")
    photo_store.replace("crops/a.jpg", b"second")
    assert read_file("crops/a.jpg") == b"second"
    assert photo_store.existing(["crops/a.jpg", "crops/b.jpg"]) == {"crops/a.jpg"}


def test_what_is_not_there_is_no_outage(any_store: str) -> None:
    with pytest.raises(FileNotFoundError):
        read_file("no.jpg")
    with pytest.raises(FileNotFoundError):
        photo_store.move("no.jpg", "other.jpg")
    photo_store.delete("no.jpg")
    photo_store.delete_all(["no.jpg", "nor.jpg"])
    assert not photo_store.exists("no.jpg")
    assert not photo_store.holds("no.jpg", 3, "0" * 64)


def test_nothing_is_placed_over_another_file(any_store: str, card: Path) -> None:
    photo_store.place("oak/1.jpg", card)
    other = card.with_name("other.jpg")
    other.write_bytes(b"another photograph")
    with pytest.raises(FileExistsError):
        photo_store.place("oak/1.jpg", other)
    assert read_file("oak/1.jpg") == card.read_bytes()


def test_a_name_that_is_taken_in_the_same_moment_is_left_to_who_took_it(
    bucket: Bucket, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_store.replace("1.jpg", b"of another import")
    monkeypatch.setattr(buckets.BucketStorage, "exists", lambda *_: False)
    with pytest.raises(FileExistsError):
        photo_store.place("1.jpg", card)
    assert read_file("1.jpg") == b"of another import"


def test_a_file_is_compared_by_its_bytes(any_store: str, card: Path) -> None:
    size, digest = card.stat().st_size, hashlib.sha256(card.read_bytes()).hexdigest()
    photo_store.place("placed.jpg", card)
    photo_store.replace("copied.jpg", card.read_bytes())  # by another tool, which says no checksum
    for name in ("placed.jpg", "copied.jpg"):
        assert photo_store.holds(name, size, digest)
        assert not photo_store.holds(name, size, "0" * 64)
        assert not photo_store.holds(name, size + 1, digest)


def test_a_file_is_read_from_anywhere(any_store: str, card: Path) -> None:
    photo_store.place("1.jpg", card)
    content = card.read_bytes()
    with photo_store.open("1.jpg") as file:
        assert file.size == len(content)
        file.seek(-5, 2)
        assert file.read() == content[-5:]
        file.seek(3)
        assert file.read(600_000) == content[3:600_003]
        assert file.read() == content[600_003:]
        assert file.read() == b""


def test_a_moved_file_has_its_new_name_alone(any_store: str, card: Path) -> None:
    photo_store.place("1.jpg", card)
    photo_store.move("1.jpg", "2.jpg")
    assert photo_store.existing(["1.jpg", "2.jpg"]) == {"2.jpg"}


def test_leftovers_go_when_they_are_old(any_store: str) -> None:
    gone = re.compile(r"\.[0-9a-f]{4}\.gone")
    for name in ("oak/.ab12.gone", "oak/.ab12.other", "oak/1.jpg", "oak/deep/.ab12.gone"):
        photo_store.replace(name, b"x")
    photo_store.delete_leftovers("oak", gone, time.time() - 3600)
    assert photo_store.exists("oak/.ab12.gone")
    photo_store.delete_leftovers("oak", gone, time.time() + 3600)
    left = ["oak/.ab12.other", "oak/1.jpg", "oak/deep/.ab12.gone"]
    assert photo_store.existing(["oak/.ab12.gone", *left]) == set(left)


def test_more_files_than_one_request_takes_are_deleted(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "_DELETED_AT_ONCE", 2)
    names = [f"{number}.jpg" for number in range(5)]
    for name in names:
        photo_store.replace(name, b"x")
    photo_store.delete_all(names)
    assert photo_store.existing(names) == set()


def test_a_prefix_is_before_every_name(bucket: Bucket, settings: Any) -> None:
    elsewhere(settings, location="ranch")
    photo_store.replace("oak/1.jpg", b"x")
    assert bucket.listed() == ["ranch/oak/1.jpg"]
    with pytest.raises(SuspiciousOperation):
        photo_store.replace("../outside.jpg", b"x")


def test_a_name_that_is_too_long_for_a_bucket_is_an_error_of_that_file(
    bucket: Bucket, card: Path
) -> None:
    with pytest.raises(OSError, match="too long"):
        photo_store.place("x" * 1025, card)


def test_a_hard_link_into_a_bucket_is_refused(bucket: Bucket, card: Path) -> None:
    with pytest.raises(OSError, match="kept in a bucket"):
        photo_store.place("1.jpg", card, link=True)


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_bucket_that_refuses_us_is_away_with_what_to_do(
    bucket: Bucket, ask: Callable[[], object]
) -> None:
    photo_store.replace("a.jpg", b"one")
    bucket.deny()
    with pytest.raises(StoreAway, match=r"refuses the key .* allow it s3:GetObject"):
        ask()


def test_a_bucket_that_does_not_exist_is_named(bucket: Bucket, settings: Any) -> None:
    elsewhere(settings, bucket_name="nobody-has-this")
    sentence = bucket_answers.NO_BUCKET.format(bucket="nobody-has-this")
    assert photo_store.says() == sentence
    with pytest.raises(StoreAway) as away:
        read_file("a.jpg")
    assert str(away.value) == sentence


def test_a_network_that_is_gone_is_away(bucket: Bucket, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    elsewhere(settings, endpoint_url=f"http://127.0.0.1:{port}")
    assert "does not answer" in photo_store.says()
    with pytest.raises(StoreAway, match=f"does not answer: see whether http://127.0.0.1:{port}"):
        read_file("a.jpg")


def test_a_missing_key_is_said(
    bucket: Bucket, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    elsewhere(settings, access_key=None, secret_key=None)
    assert photo_store.says() == bucket_answers.NO_KEY.format(bucket=bucket.name)


def test_a_store_that_answers_says_nothing(any_store: str) -> None:
    assert photo_store.says() == ""


def test_a_network_that_goes_while_a_file_is_read_is_away(bucket: Bucket, settings: Any) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=answer_once)
        thread.start()
        elsewhere(settings, endpoint_url=f"http://127.0.0.1:{server.getsockname()[1]}")
        with photo_store.open("1.jpg") as file, pytest.raises(StoreAway, match="does not answer"):
            file.read()
        thread.join()
