"""A bucket of the tests' own server, as whoever runs it sees it."""

from __future__ import annotations

import json
import os
from typing import Any, Final

import boto3

KEY: Final = {"access_key": "AKIATEST", "secret_key": "a secret"}
REGION: Final = "us-east-1"


class Bucket:
    """A new, empty one on the server of this address."""

    def __init__(self, server: str) -> None:
        self.name = f"thumper-{os.urandom(6).hex()}"
        self.place = {"bucket_name": self.name, "endpoint_url": server, "region_name": REGION}
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=server,
            region_name=REGION,
            aws_access_key_id=KEY["access_key"],
            aws_secret_access_key=KEY["secret_key"],
        )
        self.client.create_bucket(Bucket=self.name)

    def backend(self, **options: Any) -> dict[str, Any]:
        """What STORAGES says of it."""
        return {
            "BACKEND": "reid.storage.bucket.BucketStorage",
            "OPTIONS": self.place | KEY | options,
        }

    def environment(self) -> dict[str, str]:
        """The settings with which another process uses it."""
        return {
            "PHOTO_STORAGE": "s3",
            "S3_BUCKET": self.name,
            "S3_ENDPOINT": self.place["endpoint_url"],
            "S3_REGION": REGION,
            "S3_ACCESS_KEY_ID": KEY["access_key"],
            "S3_SECRET_ACCESS_KEY": KEY["secret_key"],
        }

    def listed(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [entry["Key"] for entry in listed.get("Contents", ())]

    def content(self, key: str) -> bytes:
        """The bytes of one object."""
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def deny(self) -> None:
        """Refuse everything that is asked of it, until `allow`."""
        names = [f"arn:aws:s3:::{self.name}", f"arn:aws:s3:::{self.name}/*"]
        statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": names}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        self.client.put_bucket_policy(Bucket=self.name, Policy=json.dumps(policy))

    def allow(self) -> None:
        self.client.delete_bucket_policy(Bucket=self.name)
