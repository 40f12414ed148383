"""Folders of photographs: folders that are deer, that are cameras, or photographs alone; never guessed.

Nothing tells a folder that is named after a deer from one that is named after a place, a card or a day, and a
wrong guess makes deer that do not exist, with references that every later animal is compared with. So a folder
that holds folders is imported where somebody has said what they are (`--folders`).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.importing.finders import Finders
from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.reading import endings
from reid.importing.rows import (
    WHOLE_IMAGE,
    Item,
    Note,
    Refusal,
    RefusalReason,
    Row,
    SourceProblem,
)
from reid.naming import is_no_deer
from reid.taxonomy import Classification
from reid.vocabulary import BUILT_IN, fold_word
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEER: Final = "deer"
CAMERAS: Final = "cameras"
NONE: Final = "none"
MEANINGS: Final = (DEER, CAMERAS, NONE)

NO_DEER: Final = "the file is in no deer's folder"
UNKNOWN_MEANING: Final = "--folders {name!r} is unknown: use deer, cameras or none."
ASK: Final = (
    "{source} holds folders: {names}{likely}. A folder import takes them for deer (--folders deer: each "
    "photograph becomes one animal of that name, and a reference for all later ones), for cameras (--folders "
    "cameras, or --camera with a pattern), or for neither (--folders none: photographs alone): type which. "
    "Nothing was imported. A table or a detector's file about these photographs is imported by its own "
    "name, with --root {source}."
)
DOUBTFUL: Final = "folders that may be no deer"
DOUBTFUL_TEXT: Final = (
    "{count:folder was|folders were} taken for deer, as --folders deer says, and may be none, such as {names} ({hint}): "
    "if {count:|it is|they are} none, undo this import and give --folders cameras or none."
)
_NAMED: Final = 4
"""Folders that the question names."""

CLASS: Final = "{name} is a word for a kind of animal"

OF_A_CARD: Final = r"(?i:DCIM|PRIVATE|MISC|\d{3}[A-Z0-9_]{5})"
"""Pattern of the names that cameras give to the folders of a card."""

# What names give away; it is said in the question, and nothing is decided by it.
_LIKELY: Final = (
    (
        re.compile(r"(19|20)\d\d([-_. ]?\d\d?){0,2}|\d{1,2}[-_.]\d{1,2}[-_.](19|20)?\d\d"),
        "{name} looks like a date",
    ),
    (re.compile(OF_A_CARD), "{name} is a name that cameras give to the folders of a card"),
    (
        re.compile(
            r"(site|cam|camera|station|stn|plot|trap|point|location|loc|stand|feeder|blind|grid|unit|card|sd)"
            r"[ _.-]*[a-z]?\d*[a-z]?",
            re.IGNORECASE,
        ),
        "{name} looks like the name of a place or a camera",
    ),
)


@dataclass(slots=True)
class FolderSource:
    """`ROOT/NAME/.../photograph`, in the order of paths; no row has a line.

    NAME is a deer, and each file one detection of it, the whole image; or a camera; or nothing. Photographs of a
    camera or of nobody are rows without a box that nobody has looked at yet. A sighting's label is kept
    apart by deer, for files of two deer may well bear one number.
    """

    root: Path
    options: Mapping[str, str] = field(default_factory=dict)
    folders: str = DEER
    files: tuple[str, ...] | None = None
    """Paths below the root, which alone are read; None: all that lies there."""

    @property
    def total(self) -> int | None:
        return len(self._files())

    def items(self) -> Iterator[Item]:
        camera, options = one_camera(self.options)
        finders = Finders.parse(options, None, self.root.name)
        passed_over: Counter[str] = Counter()
        names: set[str] = set()
        for file in self._files(passed_over):
            path = file.relative_to(self.root).as_posix()
            name, inside, _ = path.partition("/")
            if not inside and self.folders == DEER:
                yield Refusal(0, path, RefusalReason.ROW, NO_DEER)
                continue
            try:
                values = finders.in_folder(path)
            except ValueError as error:
                yield Refusal(0, path, RefusalReason.ROW, str(error))
                continue
            values["camera"] = values["camera"] or camera
            if self.folders == CAMERAS and inside:
                values["camera"] = values["camera"] or name.strip()
            if self.folders != DEER:
                yield Row(0, path, None, looked=False, **values)
                continue
            names.add(name.strip())
            if values["sighting"]:
                values["sighting"] = f"{name}/{values['sighting']}"
            yield Row(
                0, path, WHOLE_IMAGE, Classification.UNKNOWN_DEER, deer=name.strip(), **values
            )

        yield from endings.passed_over(passed_over)
        if self.folders == DEER:
            yield from _doubtful(sorted(names))

    def _files(self, passed_over: Counter[str] | None = None) -> list[Path]:
        if self.files is not None:
            return [self.root / path for path in self.files]
        return photographs(self.root, passed_over, with_videos=self.folders != DEER)


def _doubtful(names: list[str]) -> Iterator[Note]:
    """What is to be said of folders that somebody called deer, and whose names say otherwise."""
    doubtful = [name for name in names if _hint([name]) and not is_no_deer(name)]
    if doubtful:
        listed, hint = ", ".join(doubtful[:_NAMED]), _hint(doubtful)
        text = DOUBTFUL_TEXT.format(count=Number(len(doubtful)), names=listed, hint=hint)
        yield Note(DOUBTFUL, text, count=len(doubtful), is_summary=True)


def photographs(
    root: Path, passed_over: Counter[str] | None = None, *, with_videos: bool = True
) -> list[Path]:
    """Photographs and videos only, in the order of paths; what else lies there is counted by ending.

    What systems leave about (Thumbs.db, hidden files and folders) is nobody's error.
    """
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not endings.is_nobodys(name)]
        for name in names:
            if endings.is_nobodys(name):
                continue
            if endings.is_photograph(name) or (with_videos and endings.is_video(name)):
                files.append(Path(folder, name))
            elif passed_over is not None:
                passed_over[endings.ending(name)] += 1
    return sorted(files)


def one_camera(options: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The one camera of all photographs, where `--camera` is a name and no pattern; and the other options."""
    camera = options.get("camera", "")
    if not camera or "(?P<" in camera:
        return "", dict(options)
    return camera.strip(), {name: text for name, text in options.items() if name != "camera"}


def meaning(root: Path, options: SourceOptions) -> str:
    """What the folders in `root` are: as somebody said, by --folders or by a pattern that takes cameras from them.

    Photographs without folders are photographs alone. Raises SourceProblem where nobody said it.
    """
    if options.folders:
        if options.folders not in MEANINGS:
            raise SourceProblem(UNKNOWN_MEANING.format(name=options.folders))
        return options.folders
    paths = [file.relative_to(root) for file in photographs(root)]
    names = sorted({path.parts[0] for path in paths if len(path.parts) > 1})
    if not names:
        return NONE
    camera = Finders.parse(one_camera(options.finders)[1], None, root.name).camera
    inside = [path for path in paths if len(path.parts) > 1]
    if all(camera.in_path(path.as_posix()) in path.parts[:-1] for path in inside):
        return CAMERAS
    raise SourceProblem(_question(root.name, names))


def _question(source: str, names: list[str]) -> str:
    listed = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        listed += f" and {len(names) - _NAMED} more"
    hint = _hint(names)
    return ASK.format(source=source, names=listed, likely=f" ({hint})" if hint else "")


def _hint(names: list[str]) -> str:
    """What the first name that gives something away gives away; empty where none does."""
    hints = (
        words.format(name=name)
        for name in names
        for pattern, words in _LIKELY
        if pattern.fullmatch(name)
    )
    return next(hints, "") or next(filter(None, map(_class_named, names)), "")


def _class_named(name: str) -> str:
    """What a name says that is a word for a class of animals; empty where it is none."""
    word = fold_word(name)
    is_class = word in BUILT_IN or word.removesuffix("s") in BUILT_IN
    return CLASS.format(name=name) if is_class else ""


def is_of_a_card(name: str) -> bool:
    """Whether cameras give such a name to the folders of a card, as DCIM and 100RECNX."""
    return re.fullmatch(OF_A_CARD, name) is not None


def _recognises(peek: Peek) -> bool:
    return peek.kind is SourceKind.FOLDER


def _open(path: Path, options: SourceOptions) -> FolderSource:
    root = path.resolve()
    return FolderSource(root, options.finders, meaning(root, options), options.files)


FORMAT: Final = FormatOf(
    "folders", "a folder of photographs", _recognises, _open, frozenset({SourceKind.FOLDER})
)
