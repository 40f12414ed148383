"""Answers of S3 told apart, here and nowhere else: an object that is not there, and a bucket that cannot be used just now.

The first is a FileNotFoundError, the second StoreAway with a sentence for whoever runs the server.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_ANSWER: Final = (
    "The bucket {bucket} does not answer: see whether {endpoint} can be reached from this machine, and correct "
    "S3_ENDPOINT or S3_REGION if it is another one."
)
REFUSED: Final = (
    "The bucket {bucket} refuses the key of this server ({code}): allow it s3:GetObject, s3:PutObject, s3:DeleteObject "
    "and s3:ListBucket there, or correct S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY."
)
NO_BUCKET: Final = (
    "There is no bucket {bucket}: create it, or correct S3_BUCKET, S3_REGION and S3_ENDPOINT."
)
NO_KEY: Final = (
    "There is no key for the bucket {bucket}: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or give this machine a "
    "role that may use it."
)
TROUBLE: Final = (
    "The bucket {bucket} answered {code}: try again, and ask whoever runs it if it stays so."
)

_MISSING: Final = {"NoSuchKey", "404"}
_REFUSED: Final = {
    "403",
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
}


@contextmanager
def told_apart(bucket: str, endpoint: str | None, name: str) -> Iterator[None]:
    """What is asked of a bucket about the object `name`. Raises FileNotFoundError and StoreAway, and nothing of botocore."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _MISSING:
            raise FileNotFoundError(name) from error
        raise StoreAway(sentence(bucket, code)) from error
    except S3UploadFailedError as error:  # of a file in parts; what S3 said is the reason of it
        cause = error.__context__
        code = code_of(cause) if isinstance(cause, ClientError) else "no answer"
        raise StoreAway(sentence(bucket, code)) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise StoreAway(NO_KEY.format(bucket=bucket)) from error
    except BotoCoreError as error:
        where = endpoint or "the address of its region"
        raise StoreAway(NO_ANSWER.format(bucket=bucket, endpoint=where)) from error


def sentence(bucket: str, code: str) -> str:
    """What an error code of S3 means, and what to do."""
    text = {"NoSuchBucket": NO_BUCKET}.get(code, REFUSED if code in _REFUSED else TROUBLE)
    return text.format(bucket=bucket, code=code)


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
