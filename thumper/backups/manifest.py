"""Manifest of a backup: what it holds, from which moment, version and schema, with checksums.

Three files describe a backup. `manifest.json` is the record as a whole, `files.jsonl` has one line a file (a herd has
a million of them: neither writing nor reading keeps all in memory), and `SHA256SUMS` covers both and the database, in
the format of sha256sum.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FORMAT: Final = 1
MANIFEST, FILES, SUMS = "manifest.json", "files.jsonl", "SHA256SUMS"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

UNREADABLE: Final = "The backup {} is damaged ({}): use another one of this folder."
NEWER_FORMAT: Final = "The backup {} was made by a newer Thumper: upgrade this one first."


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: the area it belongs to, its path there, and its content by checksum."""

    area: str
    path: str
    size: int
    modified: str
    """Time of its last change, as the storage says it: together with the size it tells whether to read it again."""
    sha256: str

    @property
    def order(self) -> tuple[str, ...]:
        """Key by which lists of files are sorted: folder by folder, as they are walked."""
        return (self.area, *self.path.split("/"))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup holds."""

    name: str
    made_at: str
    thumper: str
    vendor: str
    """Of the database: sqlite or postgresql."""
    server: int
    """Major version of the PostgreSQL server; 0 for SQLite."""
    database: str
    """Name of the file with the database."""
    database_size: int
    migrations: list[tuple[str, str]]
    """Applied ones, as (app, name), in their order."""
    rows: dict[str, int]
    """Rows by table, of the tables that a restored store is compared by."""
    has_photographs: bool
    files: int
    bytes: int
    missing: int = 0
    """Photographs that rows of the database name, and that were not there to be copied."""
    missing_names: list[str] = field(default_factory=list)
    """The first of them."""
    format: int = FORMAT

    def unknown_migrations(self, known: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Applied migrations that this Thumper does not have: it is older than the backup."""
        have = set(known)
        return [migration for migration in self.migrations if migration not in have]


def write(folder: Path, manifest: Manifest) -> None:
    """The manifest, and the checksums of all files of the backup's folder, which must be complete."""
    text = json.dumps(dataclasses.asdict(manifest), indent=1)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    names = (manifest.database, FILES, MANIFEST)
    text = "".join(f"{digest_of(folder / name)}  {name}\n" for name in names)
    (folder / SUMS).write_text(text, encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a backup's folder, its checksum checked. Raises BackupProblem."""
    try:
        content = (folder / MANIFEST).read_bytes()
        if hashlib.sha256(content).hexdigest() != sums(folder).get(MANIFEST):
            raise ValueError("its manifest is not what was written")
        return _parsed(folder.name, json.loads(content))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupProblem(UNREADABLE.format(folder.name, error)) from error


def _parsed(name: str, fields: Mapping[str, Any]) -> Manifest:
    if fields["format"] > FORMAT:
        raise BackupProblem(NEWER_FORMAT.format(name))
    pairs = [(app, migration) for app, migration in fields["migrations"]]
    return Manifest(**{**fields, "migrations": pairs})


def sums(folder: Path) -> dict[str, str]:
    """Checksums of the files of a backup's folder, by name. Raises OSError, ValueError."""
    text = (folder / SUMS).read_text(encoding="utf-8")
    return {name: digest for digest, name in (row.split("  ", 1) for row in text.splitlines())}


def entries(folder: Path) -> Iterator[FileEntry]:
    """All files of a backup, in their order. Raises BackupProblem."""
    try:
        for entry in lines(folder / FILES):
            if not is_sha256(entry.sha256):
                raise ValueError(f"no checksum of {entry.path}")
            yield entry
    except (OSError, ValueError, TypeError) as error:
        raise BackupProblem(UNREADABLE.format(folder.name, error)) from error


def lines(path: Path) -> Iterator[FileEntry]:
    """Files as a list of them says. Raises OSError, ValueError, TypeError."""
    with path.open(encoding="utf-8") as file:
        for text in file:
            yield FileEntry(**json.loads(text))


def line(entry: FileEntry) -> str:
    """One file as a line of the list."""
    return f"{json.dumps(dataclasses.asdict(entry))}\n"


def is_sha256(text: str) -> bool:
    """Whether it is a checksum as they are written here."""
    return bool(_SHA256.fullmatch(text))


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
