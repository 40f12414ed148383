"""Photographs in a bucket of S3, or of a server that speaks S3, by django-storages; one client for all threads."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from reid.storage.bucket_answers import code_of, sentence, told_apart
from reid.storage.bucket_client import CONFIG, PROBE
from reid.storage.object_reader import ObjectReader, Received, StoredObject
from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from reid.storage.object_reader import Body

NO_LINK: Final = "photographs are kept in a bucket"
TOO_LONG: Final = "the name is too long for a bucket"

_TAKEN: Final = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_UNKNOWN: Final = {"NotImplemented", "501"}

_ASKED_AT_ONCE: Final = 16
"""Requests without a body that are made at a time: each waits for the network and nothing else."""
_LONGEST_KEY: Final = 1024
"""Bytes."""
_DELETED_AT_ONCE: Final = 1000
"""The most that S3 takes in one request."""
_SHA256: Final = "sha256"
"""Metadata of photographs that we put: a file is compared without being fetched."""


class BucketStorage(S3Storage):  # type: ignore[misc] # django-storages has no types
    """Store of photographs (`reid.storage.photo_store`) in a bucket."""

    folder: None = None

    def __init__(self, **options: Any) -> None:
        style = "path" if options.get("endpoint_url") else "auto"
        config = CONFIG.merge(Config(s3={"addressing_style": style}))
        super().__init__(client_config=config, **options)
        self._lock = threading.Lock()
        self._resource: tuple[int, Any] = (0, None)

    @property
    def connection(self) -> Any:
        """The connections of this process: a fork must not use those of its parent."""
        with self._lock:
            process, resource = self._resource
            if process != os.getpid():
                resource = self._create_session().resource("s3", **self._place(self.client_config))
                self._resource = (os.getpid(), resource)
        return resource

    def _place(self, config: Config) -> dict[str, Any]:
        return {
            "region_name": self.region_name,
            "endpoint_url": self.endpoint_url,
            "config": config,
        }

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _object(self, name: str) -> dict[str, str]:
        key = self._normalize_name(clean_name(name))
        if len(key.encode()) > _LONGEST_KEY:
            raise OSError(errno.ENAMETOOLONG, TOO_LONG)
        return {"Bucket": self.bucket_name, "Key": key}

    def _told_apart(self, name: str = "") -> AbstractContextManager[None]:
        """What S3 says, as FileNotFoundError or StoreAway; what a caller handles itself he catches inside."""
        return told_apart(self.bucket_name, self.endpoint_url, name)

    def _open(self, name: str, mode: str = "rb") -> StoredObject:
        if mode != "rb":
            raise ValueError(f"objects are read, and replaced as a whole: no mode {mode}")

        def ask(start: int) -> tuple[Body, int]:
            span = {"Range": f"bytes={start}-"} if start else {}
            with self._told_apart(name):
                answer = self._client.get_object(**self._object(name), **span)
            return Received(answer["Body"], lambda: self._told_apart(name)), start + answer[
                "ContentLength"
            ]

        return StoredObject(ObjectReader(ask, name))

    def _head(self, name: str) -> dict[str, Any] | None:
        try:
            with self._told_apart(name):
                return dict(self._client.head_object(**self._object(name)))
        except FileNotFoundError:
            return None

    def exists(self, name: str) -> bool:
        return self._head(name) is not None

    def existing(self, names: Iterable[str]) -> set[str]:
        asked = list(dict.fromkeys(names))
        if not asked:
            return set()
        with ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="objects") as pool:
            found = pool.map(self.exists, asked)
            return {name for name, is_there in zip(asked, found, strict=True) if is_there}

    def size(self, name: str) -> int:
        head = self._head(name)
        if head is None:
            raise FileNotFoundError(name)
        return int(head["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        head = self._head(name)
        if head is None:
            raise FileNotFoundError(name)
        modified: datetime = head["LastModified"]
        return modified

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with self._told_apart(name):
            folders, files = super().listdir(name)
        return folders, files

    def holds(self, name: str, size: int, sha256: str) -> bool:
        head = self._head(name)
        if head is None or head["ContentLength"] != size:
            return False
        if known := head["Metadata"].get(_SHA256):
            return bool(known == sha256)
        with self.open(name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def is_place_of(self, name: str, source: Path) -> bool:
        return False

    def is_same_file(self, name: str, source: Path) -> bool:
        return False

    def replace(self, name: str, content: bytes) -> None:
        with self._told_apart(name):
            self._client.put_object(
                **self._object(name), **self._get_write_parameters(name), Body=content
            )

    def place(self, name: str, source: Path, *, link: bool = False) -> None:
        if link:
            raise OSError(errno.EXDEV, NO_LINK)
        if self.exists(name):
            raise FileExistsError(name)
        content = source.read_bytes()
        sent = {
            **self._object(name),
            **self._get_write_parameters(name),
            "Body": content,
            "Metadata": {_SHA256: hashlib.sha256(content).hexdigest()},
        }
        with self._told_apart(name):
            try:
                self._client.put_object(**sent, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) in _TAKEN:
                    raise FileExistsError(name) from error
                if code_of(error) not in _UNKNOWN:
                    raise
                self._client.put_object(**sent)  # a server without conditions: it was free just now

    def put_file(self, name: str, source: Path) -> None:
        """Send a file of any size, in parts where it is large, in place of what has the name. Raises StoreAway."""
        place = self._object(name)
        with self._told_apart(name):
            self._client.upload_file(
                str(source),
                place["Bucket"],
                place["Key"],
                ExtraArgs=self._get_write_parameters(name),
            )

    def names(self, beginning: str) -> Iterator[str]:
        """Names of all objects below the prefix that begin so. Raises StoreAway."""
        start = self._object("name")["Key"].removesuffix("name")
        pages = self._client.get_paginator("list_objects_v2")
        with self._told_apart():
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=start + beginning):
                yield from (entry["Key"].removeprefix(start) for entry in page.get("Contents", ()))

    def move(self, name: str, other: str) -> None:
        with self._told_apart(name):
            self._client.copy_object(**self._object(other), CopySource=self._object(name))
            self._client.delete_object(**self._object(name))

    def delete(self, name: str) -> None:
        with self._told_apart(name):
            self._client.delete_object(**self._object(name))

    def delete_all(self, names: Iterable[str]) -> None:
        asked = [{"Key": self._object(name)["Key"]} for name in names]
        with self._told_apart():
            for start in range(0, len(asked), _DELETED_AT_ONCE):
                block = {"Objects": asked[start : start + _DELETED_AT_ONCE], "Quiet": True}
                answer = self._client.delete_objects(Bucket=self.bucket_name, Delete=block)
                for error in answer.get("Errors", ()):
                    raise StoreAway(sentence(self.bucket_name, error["Code"]))

    def delete_leftovers(self, folder: str, names: re.Pattern[str], oldest: float) -> None:
        pages = self._client.get_paginator("list_objects_v2")
        beginning = self._object(f"{folder}/.name".lstrip("/"))["Key"].removesuffix("name")
        with self._told_apart():
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=beginning, Delimiter="/"):
                for entry in page.get("Contents", ()):
                    key = entry["Key"]
                    is_old = entry["LastModified"].timestamp() < oldest
                    if is_old and names.fullmatch(key.rpartition("/")[2]):
                        self._client.delete_object(Bucket=self.bucket_name, Key=key)

    def address(self, name: str, media_type: str) -> str:
        if not settings.S3_SIGNED_SECONDS:
            return ""
        said = {"ResponseContentType": media_type, "ResponseContentDisposition": "inline"}
        with self._told_apart(name):
            return str(self.url(name, said, settings.S3_SIGNED_SECONDS))

    def says(self) -> str:
        session = self._create_session()
        try:
            with self._told_apart():
                client = session.client("s3", **self._place(self.client_config.merge(PROBE)))
                client.head_bucket(Bucket=self.bucket_name)
        except FileNotFoundError:  # of a bucket
            return sentence(self.bucket_name, "NoSuchBucket")
        except StoreAway as away:
            return str(away)
        return ""
