"""Secrets from files: NAME_FILE names the file that holds the value of NAME, as container engines hand it over.

What a file holds stands in no environment, which other processes and crash reports may show.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from environs import FileAwareEnv

if TYPE_CHECKING:
    from environs import Env

SECRETS: Final = (
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "SECRET_KEY",
    "DATABASE_URL",
    "DATABASE_PASSWORD",
    "REDIS_URL",
    "REDIS_PASSWORD",
    "EMAIL_URL",
)


class SecretFileError(ValueError):
    """A NAME_FILE that gives no secret; `problem` and `fix` say why, and what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.problem, self.fix = problem, fix


def secret_env(env: Env) -> FileAwareEnv:
    """A reader that takes each NAME from NAME_FILE where that is set, blanks at both ends cut off.

    Raises SecretFileError for a file of SECRETS that cannot be read or is empty, and where NAME is set as well.
    """
    for name in SECRETS:
        file = env.str(f"{name}_FILE", "")
        if file:
            _check(name, Path(file), is_set=bool(env.str(name, "")))
    return FileAwareEnv(strip_whitespace=True)


def _check(name: str, file: Path, *, is_set: bool) -> None:
    if is_set:
        raise SecretFileError(f"{name} and {name}_FILE are both set.", "Remove one of them.")
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretFileError(
            f"{name}_FILE names {file}, which cannot be read ({type(error).__name__}).",
            f"Write the value of {name} into that file, and let this user read it.",
        ) from error
    if not text.strip():
        raise SecretFileError(
            f"{name}_FILE names {file}, which is empty.",
            f"Write the value of {name} into that file, or remove {name}_FILE.",
        )


def with_password(url: str, password: str) -> str:
    """The URL, which has none, with this password in it."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.rstrip(':')}:{quote(password, safe='')}@{host}").geturl()
