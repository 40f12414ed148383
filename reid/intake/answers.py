"""Answers: what a person says of an import, checked, and as options of the one import that there is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.clocks.times import zone_of
from reid.importing.formats import folders
from reid.importing.formats.base import DEFAULT_MIN_CONFIDENCE
from reid.importing.options import ImportOptions
from reid.importing.rows import SourceProblem
from reid.intake import sources, storage
from reid.intake.refusals import IntakeRefused
from reid.models import Camera, ImportRequest
from reid.storage.photo_store import photo_store
from reid.taxonomy import DEER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BAD_CAMERA: Final = "A camera's name has at most {most} letters, digits and signs in one line."
BAD_FOLDERS: Final = "Say what the folders are: cameras, deer or neither."
BAD_ANIMALS: Final = "Say what the detector's animals are: deer, or animals of any kind."
GONE: Final = "The folder of the photographs is not there any more: choose it again."
BAD_CONFIDENCE: Final = "The least confidence is a number between 0 and 1."
BAD_CLOCK: Final = "The clock of {camera} cannot be wrong by so much."

LARGEST_OFFSET: Final = 100 * 366 * 86_400
"""Seconds, about a century."""

_CAMERA_PATTERN: Final = r"^(?:[^/\\]+[/\\]){{{above}}}(?!{card}[/\\])(?P<camera>[^/\\]+)[/\\]"


@dataclass(frozen=True, slots=True)
class Answers:
    """`folders`: cameras, deer or none. `animals`: the class that a detector's `animal` stands for. `camera`: of all photographs for which nothing else names one.
    `clocks`: seconds to add by camera. `columns`: a table's headings by field, empty for a field that it has not.
    `link`: photographs of the server's folder are not copied. `time_zone`: empty is the ranch's.
    """

    folders: str = folders.NONE
    camera: str = ""
    animals: str = ""
    time_zone: str = ""
    time_format: str = ""
    clocks: Mapping[str, float] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    link: bool = False

    @classmethod
    def of(cls, request: ImportRequest) -> Answers:
        """As they are stored."""
        known = {name: value for name, value in request.answers.items() if name in cls.__slots__}
        return cls(**known)

    def checked(self) -> Answers:
        """The same. Raises IntakeRefused for what no import can use."""
        longest = Camera._meta.get_field("name").max_length or 0
        if not self.camera.isprintable() or len(self.camera) > longest:
            raise IntakeRefused(BAD_CAMERA.format(most=longest))
        if self.folders not in folders.MEANINGS:
            raise IntakeRefused(BAD_FOLDERS)
        if self.animals not in ("", *DEER):
            raise IntakeRefused(BAD_ANIMALS)
        if not 0.0 <= self.min_confidence <= 1.0:
            raise IntakeRefused(BAD_CONFIDENCE)
        for camera, seconds in self.clocks.items():
            if not abs(seconds) < LARGEST_OFFSET:  # true for NaN too
                raise IntakeRefused(BAD_CLOCK.format(camera=camera))
        try:
            if self.time_zone:
                zone_of(self.time_zone)
        except ValueError as error:
            raise IntakeRefused(str(error)) from error
        return self

    def as_stored(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def collection_of(title: str) -> str:
    """The folder below MEDIA_ROOT in which photographs of this title lie."""
    plain = re.sub(r"[/\\]", "-", title).lstrip(". ") or "photographs"
    return f"{plain}-photographs" if plain.casefold() == "crops" else plain


def source_of(request: ImportRequest) -> Path:
    """What the import reads: the file that says what the photographs show, else their folder."""
    root = sources.root_of(request)
    return root / request.source if request.source else root


def title_of(request: ImportRequest) -> str:
    """What people call what the import reads: an upload's folder has a name that says nothing. A file has its own."""
    return "" if request.source else request.title


def options_of(request: ImportRequest, *, dry_run: bool = False, most: int = 0) -> ImportOptions:
    """The options with which `import_detections` reads what was uploaded or chosen.

    An upload is linked where it can be, so that it takes its place on the disk once.
    """
    said = Answers.of(request)
    root = sources.root_of(request)
    if root.is_dir() and request.source:
        root = sources.root_of_paths(root, root / request.source, said.columns)
    is_alone = not request.source
    by_folder = said.folders == folders.CAMERAS
    if not root.is_dir():
        raise SourceProblem(GONE)
    return ImportOptions(
        root=root,
        collection=collection_of(root.name if request.is_watched else request.title),
        link=storage.can_link(root)
        if request.is_upload
        else said.link and photo_store.folder is not None,
        finders={"camera": _pattern_of(request, root)} if by_folder else {},
        files=_files_of(request),
        columns=said.columns if request.source else {},
        time_format=said.time_format,
        time_zone=said.time_zone,
        clock_offsets=said.clocks,
        min_confidence=said.min_confidence,
        folders=(folders.NONE if by_folder else said.folders) if is_alone else "",
        animals=said.animals if request.source else "",
        one_camera=said.camera,
        most=most,
        dry_run=dry_run,
    )


def _files_of(request: ImportRequest) -> tuple[str, ...] | None:
    """The files that a watched folder's import reads; of any other one it is all."""
    if not request.is_watched:
        return None
    return tuple(request.watched.order_by("path").values_list("path", flat=True))


def _pattern_of(request: ImportRequest, root: Path) -> str:
    """The pattern of cameras; a watched folder holds a folder for each one, today and tomorrow."""
    if request.is_watched:
        return _CAMERA_PATTERN.format(above=0, card=folders.OF_A_CARD)
    return camera_pattern(root)


def camera_pattern(root: Path) -> str:
    """The pattern that takes a photograph's camera from its path: the folder that is named after the camera.

    Where all lie in one folder, which holds a folder for each camera, that is the second one. Names that cameras
    give to the folders of their cards are no cameras.
    """
    paths = [file.relative_to(root).parts[:-1] for file in folders.photographs(root)]
    first = {parts[0] for parts in paths if parts}
    second = {parts[1] for parts in paths if len(parts) > 1}
    is_below = len(first) == 1 and len(second) > 1 and all(len(parts) > 1 for parts in paths)
    is_below = is_below and not any(map(folders.is_of_a_card, second))
    return _CAMERA_PATTERN.format(above=1 if is_below else 0, card=folders.OF_A_CARD)
