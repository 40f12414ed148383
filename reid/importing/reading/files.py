"""Files of an import: found below its root, read, and put into the store under a name of their own.

A photograph is its bytes. A camera begins its numbers anew on every card, so a name identifies nothing: a second
file of one name is stored beside the first, and no stored file is ever overwritten.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.db import disk
from reid.imaging.decoding import ImageProblem, probe
from reid.importing.reading import endings
from reid.importing.reading.paths import PathFinder
from reid.importing.reading.placing import clear_leftovers, names_for, read_whole, stored_folder
from reid.importing.reading.readings import _LONGEST, LocatedFile, Photograph
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import Note, RefusalReason
from reid.storage.photo_store import photo_store
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

OWN_CROP: Final = "it is one of Thumper's own crops and no photograph"
LONG_NAME: Final = "the path is longer than {longest} characters"
NAME_TAKEN: Final = (
    "another photograph was stored under this name ({path}) at the same moment: repeat the import"
)
CHANGED: Final = "the file changed while it was read: import it again"
NO_LINK: Final = "it cannot be hard-linked ({problem}): leave --link out"
NO_COPY: Final = "it cannot be copied: {problem}"
PHOTOGRAPHS: Final = "its folder of photographs"
BESIDE: Final = "photographs with the names of stored ones"
BESIDE_TEXT: Final = "{count:photograph has a name under which another is stored: it lies beside that one, as|photographs have names under which others are stored: they lie beside those, such as} {path}."
OVERWRITTEN: Final = "photographs whose files were overwritten"
OVERWRITTEN_TEXT: Final = (
    "The file of the photograph {path} has been overwritten: its bytes are gone, and so are new crops of it. "
    "What lies there now was imported as another photograph."
)

CROPS: Final = "crops"
"""Where canonical crops are kept in the store; no collection may have that name."""

WORKERS: Final = 4
"""Files that are read at a time: reading one waits while another is hashed."""

_SETTLED_NS: Final = 2_000_000_000
"""Age from which a file's time tells that it was not written since: file systems of cards count two seconds."""


@dataclass(frozen=True, slots=True)
class Library:
    """Source and destination of an import's files. `root` is resolved; `collection` is one plain name."""

    root: Path
    collection: str
    link: bool = False
    dry_run: bool = False
    verify: bool = False
    maps: Mapping[str, str] = field(default_factory=dict)
    placing: Callable[[list[str]], None] = lambda _: None
    """Called with stored names before files are put there."""
    looked: dict[Path, Photograph | RowRefused] = field(default_factory=dict)
    """What was read ahead (`look_ahead`), by the file's real path."""
    undecoded: Counter[str] = field(init=False, default_factory=Counter)
    overwritten: list[str] = field(init=False, default_factory=list)
    beside: list[str] = field(init=False, default_factory=list)
    finder: PathFinder = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "finder", PathFinder(self.root, self.maps))

    def locate(self, path: str) -> LocatedFile:
        """The file that a row names. Raises RowRefused.

        The real path also names the file, so that one file is stored once.
        """
        file = self.finder.find(path)
        before = stored_folder(file.folder, photo_store.folder, self.root, self.collection)
        stored, status = before + file.name, file.status
        if stored.startswith(f"{CROPS}/"):
            raise RowRefused(RefusalReason.PATH, OWN_CROP)
        if len(stored) > _LONGEST:
            raise RowRefused(RefusalReason.PATH, LONG_NAME.format(longest=_LONGEST))
        return LocatedFile(file.path, stored, status.st_size, status.st_mtime_ns, file.spelling)

    def look_into(self, located: LocatedFile) -> Photograph:
        """Size, capture time and checksum of a file that is whole, read once. Raises RowRefused."""
        name = located.source.name
        if endings.is_other_picture(name):  # raw data: decoders find the thumbnail in it
            text = endings.EXPORT_AS_JPEG.format(ending=endings.ending(name))
            raise RowRefused(RefusalReason.UNREADABLE, text)
        try:
            content, modified_ns = read_whole(located.source)
            info = probe(
                io.BytesIO(content),
                max_pixels=settings.IMAGE_MAX_PIXELS,
                max_bytes=settings.IMAGE_MAX_BYTES,
            )
        except ImageProblem as problem:
            refused = RowRefused.of(problem)
            if not endings.has_advice(name, refused.reason):
                raise refused from problem
            text = endings.EXPORT_AS_JPEG.format(ending=endings.ending(name))
            raise RowRefused(refused.reason, f"{refused.text}; {text}") from problem
        except OSError as error:
            text = error.strerror or type(error).__name__
            raise RowRefused(RefusalReason.UNREADABLE, text) from error
        if (len(content), modified_ns) != (located.size, located.modified_ns):
            raise RowRefused(RefusalReason.UNREADABLE, CHANGED)
        digest = hashlib.sha256(content).hexdigest()
        if located.frame is not None:
            return Photograph(located, digest, len(content), located.frame.timed(info), False)
        return Photograph(located, digest, len(content), info, is_settled(modified_ns))

    def look_into_all(
        self, files: Iterable[LocatedFile]
    ) -> Iterator[tuple[LocatedFile, Photograph | RowRefused]]:
        """Each file with what it says, or why it cannot be read; in order."""
        for located, result in self._results(list(files)):
            name = located.source.name
            if isinstance(result, RowRefused) and endings.has_advice(name, result.reason):
                self.undecoded[endings.ending(name)] += 1
            yield located, result

    def look_ahead(self, files: Iterable[LocatedFile]) -> None:
        """Read files before a transaction that will ask for them, so that it does not wait for the disk."""
        self.looked.update((located.source, result) for located, result in self._results([*files]))

    def _results(
        self, files: list[LocatedFile]
    ) -> Iterator[tuple[LocatedFile, Photograph | RowRefused]]:
        def look(located: LocatedFile) -> Photograph | RowRefused:
            if (known := self.looked.get(located.source)) is not None:
                return known
            try:
                return self.look_into(located)
            except RowRefused as refused:
                return refused

        if files:
            with ThreadPoolExecutor(WORKERS, thread_name_prefix="photographs") as pool:
                yield from zip(files, pool.map(look, files), strict=True)

    def announce(self, photographs: Iterable[Photograph], sha256_of: Mapping[str, str]) -> None:
        """Say which of these `bring_in` is about to put into the store, where nothing is yet."""
        if not self.dry_run and (
            new := [name for item in photographs if (name := self._free_name(item, sha256_of))]
        ):
            self.placing(new)

    def _free_name(self, photograph: Photograph, sha256_of: Mapping[str, str]) -> str:
        """The name under which the photograph is about to be placed; empty where it lies there already."""
        for name in names_for(photograph.located.stored, photograph.sha256):
            if sha256_of.get(name, photograph.sha256) != photograph.sha256:
                continue
            if not photo_store.exists(name):
                return name
            if photo_store.is_place_of(name, photograph.located.source) or _holds(name, photograph):
                return ""
        return ""

    def bring_in(self, photograph: Photograph, sha256_of: Mapping[str, str]) -> str:
        """Copy or link the file into the store, whole or not at all; the name that it has there.

        `sha256_of`: checksums of stored photographs by name. A name that is another photograph's, in the store or
        among the files, is left to it. A file of the same bytes is used, so that a broken-off import can be
        repeated. Raises RowRefused, StoreAway, DiskRefuses.
        """
        located = photograph.located
        for name in names_for(located.stored, photograph.sha256):
            if sha256_of.get(name, photograph.sha256) != photograph.sha256:
                if photo_store.is_same_file(name, located.source):
                    self.overwritten.append(name)
                continue
            if photo_store.is_place_of(name, located.source) or self._placed(photograph, name):
                if name != located.stored:
                    self.beside.append(name)
                return name
        raise RowRefused(RefusalReason.CONFLICT, NAME_TAKEN.format(path=located.stored))

    def restore(self, photograph: Photograph, name: str) -> None:
        """Store a known photograph again whose stored file is gone. Raises RowRefused."""
        self._placed(photograph, name)

    def notes(self) -> Iterator[Note]:
        """What is to be said of the files as a whole."""
        yield from self.finder.notes()
        yield from endings.undecoded(self.undecoded)
        if self.beside:
            text = BESIDE_TEXT.format(count=Number(len(self.beside)), path=self.beside[0])
            yield Note(BESIDE, text, path=self.beside[0])
        for path in self.overwritten:
            yield Note(OVERWRITTEN, OVERWRITTEN_TEXT.format(path=path), path=path)

    def _placed(self, photograph: Photograph, name: str) -> bool:
        """Whether the photograph has this name now; False where something else has. Raises as `bring_in` does."""
        try:
            if self.dry_run:
                return not photo_store.exists(name) or _holds(name, photograph)
            if photo_store.folder is not None:
                clear_leftovers(photo_store.folder, name.rpartition("/")[0])
            try:
                is_linked = self.link and photograph.located.frame is None
                photo_store.place(name, photograph.located.source, link=is_linked)
            except FileExistsError:
                return _holds(name, photograph)
            status = photograph.located.source.stat()
        except OSError as error:
            _refuse_all(error, photograph.located.source)
            text = NO_LINK if self.link else NO_COPY
            problem = error.strerror or type(error).__name__
            raise RowRefused(RefusalReason.UNREADABLE, text.format(problem=problem)) from error
        if (status.st_size, status.st_mtime_ns) != (
            photograph.size,
            photograph.located.modified_ns,
        ):
            photo_store.delete(name)
            raise RowRefused(RefusalReason.UNREADABLE, CHANGED)
        return True


def is_settled(modified_ns: int) -> bool:
    """Whether a file's size and time will show a later change."""
    return time.time_ns() - modified_ns > _SETTLED_NS


def _refuse_all(error: OSError, source: Path) -> None:
    """Raise DiskRefuses where the store takes no photograph at all; not for one whose own file is the trouble."""
    if disk.is_full(error):
        raise disk.DiskRefuses(disk.FULL.format(reason=error.strerror)) from error
    if disk.refusal(error) and str(error.filename) != str(source):
        text = disk.CLOSED.format(what=PHOTOGRAPHS, reason=error.strerror)
        raise disk.DiskRefuses(text) from error


def _holds(name: str, photograph: Photograph) -> bool:
    return photo_store.holds(name, photograph.size, photograph.sha256)
