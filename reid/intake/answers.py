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

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BAD_CAMERA: Final = "A camera's name has at most {most} letters, digits and signs in one line."
BAD_FOLDERS: Final = "Say what the folders are: cameras, deer or neither."
BAD_CONFIDENCE: Final = "The least confidence is a number between 0 and 1."
BAD_CLOCK: Final = "The clock of {camera} cannot be wrong by so much."

LARGEST_OFFSET: Final = 100 * 366 * 86_400
"""Seconds, about a century."""

# The first folder below the root; a drive's letter is no folder.
CAMERA_PATTERN: Final = r"^(?P<camera>[^/\\]+)[/\\]"


@dataclass(frozen=True, slots=True)
class Answers:
    """`folders`: cameras, deer or none. `camera`: of all photographs for which nothing else names one.
    `clocks`: seconds to add by camera. `columns`: a table's headings by field, empty for a field that it has not.
    `link`: photographs of the server's folder are not copied. `time_zone`: empty is the ranch's.
    """

    folders: str = folders.NONE
    camera: str = ""
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


def options_of(request: ImportRequest, *, dry_run: bool = False, most: int = 0) -> ImportOptions:
    """The options with which `import_detections` reads what was uploaded or chosen.

    An upload is linked where it can be, so that it takes its place on the disk once.
    """
    said = Answers.of(request)
    root = sources.root_of(request)
    is_alone = not request.source
    by_folder = not is_alone and said.folders == folders.CAMERAS
    if not root.is_dir():
        raise SourceProblem("The folder of the photographs is not there any more: choose it again.")
    return ImportOptions(
        root=root,
        collection=collection_of(request.title),
        link=storage.can_link(root) if request.is_upload else said.link,
        finders={"camera": CAMERA_PATTERN} if by_folder else {},
        columns=said.columns if request.source else {},
        time_format=said.time_format,
        time_zone=said.time_zone,
        clock_offsets=said.clocks,
        min_confidence=said.min_confidence,
        folders=said.folders if is_alone else "",
        one_camera=said.camera,
        most=most,
        dry_run=dry_run,
    )
