"""Files of an import: found below its root, read, and copied below the media root."""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.imaging.decoding import ImageProblem, PhotographInfo, probe
from reid.importing.rows import RefusalReason
from reid.models import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import BufferedReader
    from pathlib import Path

    from reid.imaging.decoding import ProblemReason

CLIMBS_OUT: Final = "the path leads out of {root}"
OWN_CROP: Final = "it is one of Thumper's own crops and no photograph"
NO_FILE: Final = "there is no such file"
BAD_NAME: Final = "the name holds characters that cannot be stored"
LONG_NAME: Final = "the path is longer than {longest} characters"
NAME_TAKEN: Final = "another photograph is stored under this name ({path}): import it with a --collection of its own"
OVERWRITTEN: Final = (
    "another photograph is stored under this name ({path}), and this file has overwritten it since: "
    "put the old file back, and the new one into a folder of its own"
)
NOT_COMPARED: Final = "it cannot be compared with the stored photograph: {problem}"
NO_LINK: Final = "it cannot be hard-linked ({problem}): leave --link out"
NO_COPY: Final = "it cannot be copied: {problem}"

CROPS: Final = "crops"
"""Where canonical crops are kept below the media root; no collection may have that name."""

_LONGEST: Final = Image._meta.get_field("path").max_length or 0
_REASONS: Final[dict[ProblemReason, RefusalReason]] = {
    "missing": RefusalReason.MISSING,
    "unreadable": RefusalReason.UNREADABLE,
    "too_large": RefusalReason.TOO_LARGE,
    "outside": RefusalReason.OUTSIDE,
    "too_small": RefusalReason.OUTSIDE,
}


class RowRefused(Exception):
    """One file or row that is not imported, and why."""

    def __init__(self, reason: RefusalReason, text: str) -> None:
        super().__init__(text)
        self.reason: Final = reason
        self.text: Final = text

    @classmethod
    def of(cls, problem: ImageProblem) -> RowRefused:
        return cls(_REASONS[problem.reason], problem.detail or problem.reason)


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """A file that is there, and the name under which it is or will be stored, below the media root."""

    source: Path
    stored: str


@dataclass(frozen=True, slots=True)
class Photograph:
    located: LocatedFile
    sha256: str
    size: int
    """Bytes."""
    probe: PhotographInfo


@dataclass(frozen=True, slots=True)
class Library:
    """Source and destination of an import's files. `root` is resolved; `collection` is one plain name."""

    root: Path
    collection: str
    link: bool = False
    dry_run: bool = False
    placing: Callable[[list[str]], None] = lambda _: None
    """Called with stored names before files are put there."""

    def locate(self, path: str) -> LocatedFile:
        """The file that a row names, relative to the root or absolute below it. Raises RowRefused.

        Symbolic links are followed first: what counts is where a path ends, not how it is spelled. The
        real path also names the file, so that one file is stored once.
        """
        if not path.isprintable():
            raise RowRefused(RefusalReason.PATH, BAD_NAME)
        try:
            real = (self.root / path.replace("\\", "/")).resolve()
            is_file = real.is_file()
        except (OSError, RuntimeError) as error:  # RuntimeError: a ring of links
            raise RowRefused(RefusalReason.MISSING, NO_FILE) from error
        if not real.is_relative_to(self.root):
            raise RowRefused(
                RefusalReason.PATH, CLIMBS_OUT.format(root=self.root.name or self.root)
            )
        if not is_file:
            raise RowRefused(RefusalReason.MISSING, NO_FILE)
        media = settings.MEDIA_ROOT.resolve()
        if real.is_relative_to(media):
            path_in_media = real.relative_to(media).as_posix()
        else:
            path_in_media = f"{self.collection}/{real.relative_to(self.root).as_posix()}"
        if path_in_media.startswith(f"{CROPS}/"):
            raise RowRefused(RefusalReason.PATH, OWN_CROP)
        if len(path_in_media) > _LONGEST:
            raise RowRefused(RefusalReason.PATH, LONG_NAME.format(longest=_LONGEST))
        return LocatedFile(real, path_in_media)

    def look_into(self, located: LocatedFile) -> Photograph:
        """Size, capture time and checksum of a file that is whole. Raises RowRefused."""
        try:
            with located.source.open("rb") as file:
                info = probe(
                    file,
                    max_pixels=settings.IMAGE_MAX_PIXELS,
                    max_bytes=settings.IMAGE_MAX_BYTES,
                )
                digest, size = _sha256(file), file.tell()
        except ImageProblem as problem:
            raise RowRefused.of(problem) from problem
        except OSError as error:
            raise RowRefused(RefusalReason.UNREADABLE, error.strerror or str(error)) from error
        return Photograph(located, digest, size, info)

    def require_stored(self, located: LocatedFile, sha256: str) -> None:
        """Raise Refused unless the file is the photograph that is stored under its name, by its bytes.

        A camera begins its numbers anew on every card, so a name identifies nothing. The stored file's size
        does, where it differs; else the file is read and compared with the stored checksum. Times are
        not asked: clocks begin anew as well, and some cameras pad every photograph to one size.
        """
        target = settings.MEDIA_ROOT.resolve() / located.stored
        try:
            status = located.source.stat()
            stored = target.stat() if target.exists() else None
            is_same_file = stored is not None and os.path.samestat(status, stored)
            if stored is None or stored.st_size == status.st_size:
                with located.source.open("rb") as file:
                    if _sha256(file) == sha256:
                        return
        except OSError as error:
            text = NOT_COMPARED.format(problem=error.strerror or error)
            raise RowRefused(RefusalReason.UNREADABLE, text) from error
        text = OVERWRITTEN if is_same_file else NAME_TAKEN
        raise RowRefused(RefusalReason.CONFLICT, text.format(path=located.stored))

    def announce(self, photographs: Iterable[Photograph]) -> None:
        """Say which of these `bring_in` is about to put below the media root, where nothing is yet."""
        if self.dry_run:
            return
        media = settings.MEDIA_ROOT.resolve()
        targets = [(item.located, media / item.located.stored) for item in photographs]
        if new := [
            located.stored
            for located, target in targets
            if located.source != target and not target.exists()
        ]:
            self.placing(new)

    def bring_in(self, photograph: Photograph) -> None:
        """Copy or link the file to its stored name, whole or not at all. Raises RowRefused.

        A file of the same name and content is left alone, so that a broken-off import can be repeated.
        """
        source = photograph.located.source
        target = settings.MEDIA_ROOT.resolve() / photograph.located.stored
        if source == target:
            return
        try:
            if target.exists():
                with target.open("rb") as file:
                    if _sha256(file) != photograph.sha256:
                        name = photograph.located.stored
                        raise RowRefused(RefusalReason.CONFLICT, NAME_TAKEN.format(path=name))
                return
            if not self.dry_run:
                target.parent.mkdir(parents=True, exist_ok=True)
                _place(source, target, link=self.link)
        except OSError as error:
            text = NO_LINK if self.link else NO_COPY
            raise RowRefused(
                RefusalReason.UNREADABLE, text.format(problem=error.strerror or error)
            ) from error


def require_alike(one: LocatedFile, other: LocatedFile) -> None:
    """Raise Refused where two files would be stored under one name and differ in their bytes."""
    try:
        is_alike = one.source == other.source or filecmp.cmp(
            one.source, other.source, shallow=False
        )
    except OSError as error:
        text = NOT_COMPARED.format(problem=error.strerror or error)
        raise RowRefused(RefusalReason.UNREADABLE, text) from error
    if not is_alike:
        raise RowRefused(RefusalReason.CONFLICT, NAME_TAKEN.format(path=other.stored))


def _sha256(file: BufferedReader) -> str:
    """Of the whole file, wherever it was read to."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _place(source: Path, target: Path, *, link: bool) -> None:
    partial = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        if link:
            os.link(source, partial)
        else:
            with source.open("rb") as original, partial.open("xb") as copy:
                shutil.copyfileobj(original, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
