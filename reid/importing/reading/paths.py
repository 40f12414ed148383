"""Paths of a source: each led to the one file below the root that it means, or refused by name.

The exact spelling wins. Else the longest end of the path that exists below the root is taken, a folder and a
name at least: every card has an IMG_0001.JPG. Spellings that differ in Unicode form or in the case of letters are
one where exactly one file fits. `%20` is never decoded: a folder may really be named so.
"""

from __future__ import annotations

import difflib
import os
import stat
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.importing.reading.refused import RowRefused
from reid.importing.reading.spelling import (
    _DRIVE,
    FoundFile,
    _beginning,
    _composed,
    _parts,
    _real_folder,
    folded,
    is_storable,
    spelled,
)
from reid.importing.rows import Note, RefusalReason
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLIMBS_OUT: Final = "the path leads out of {root}, and no end of it names a file there: --map FROM=TO replaces a beginning"
NO_FILE: Final = "there is no such file"
NEAREST: Final = "{text}; the nearest name is {path}"
AMBIGUOUS: Final = (
    "two files fit this path, {first} and {second}: spell it as the one that is meant"
)
TWO_BEGINNINGS: Final = (
    "paths that begin with {first} and with {second!r} would be the same file {path}: "
    "say by --map FROM=TO which folder each of them means"
)
BAD_NAME: Final = "the name holds characters that cannot be stored"

SHORTENED: Final = "paths of another machine"
SHORTENED_TEXT: Final = "{count:path was|paths were} shortened: {count:|it begins|they begin} with {beginning!r}, which is not below {root}."
RESPELLED: Final = "names spelled in another way"
RESPELLED_TEXT: Final = (
    "{count:path is|paths are} spelled in another way here: {path!r} is {file!r}."
)
MIXED: Final = "paths of two beginnings for one folder"
MIXED_TEXT: Final = (
    "The folder {folder} was reached by its own name and by paths that begin with {beginning!r}: "
    "if those are two folders, undo this import and use --map."
)
MAP_UNUSED: Final = "--map not used"
MAP_UNUSED_TEXT: Final = "No path begins with {beginning!r}, which --map names."

MOST_HINTS: Final = 50
"""Missing files for which the nearest name is looked up: a comparison with every name in a folder."""

_LIKENESS: Final = 0.75


class PathFinder:
    """One import's search for files below `root`, which is resolved; `maps` replaces beginnings of paths."""

    def __init__(self, root: Path, maps: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.maps = sorted(
            ((_parts(beginning), beginning, target) for beginning, target in (maps or {}).items()),
            key=lambda entry: -len(entry[0]),
        )
        self.unused = set(maps or {})
        self.shortened: Counter[str] = Counter()
        self.respelled = 0
        self._example = ("", "")
        self._beginning_of: dict[str, str] = {}
        self._mixed: set[tuple[str, str]] = set()
        self._hints = 0
        self._last = ""
        self._real_folder = lru_cache(maxsize=4_096)(_real_folder)
        self._is_below = lru_cache(maxsize=4_096)(lambda folder: Path(folder).is_relative_to(root))

    def find(self, path: str) -> FoundFile:
        """The file that the source's `path` means. Raises RowRefused.

        Symbolic links are followed first: what counts is where a path ends. What ends outside the root is
        never opened.
        """
        if not is_storable(path):
            raise RowRefused(RefusalReason.PATH, BAD_NAME)
        mapped = self._mapped(path)
        for spelling in dict.fromkeys((mapped, mapped.replace("\\", "/"))):
            if file := self._existing(spelling):
                self._claim(file, "", path)
                return spelled(file, spelling.removeprefix(f"{self.root}/"), path)
        parts = _parts(mapped)
        is_foreign = mapped[:1] in ("/", "\\") or bool(_DRIVE.match(mapped))
        if ".." not in parts:
            for start in range(len(parts)):
                is_whole = not start and not is_foreign
                if start == len(parts) - 1 and not is_whole:
                    break  # a bare name
                end = "/".join(parts[start:])
                beginning = "" if is_whole else _beginning(mapped, end)
                if file := self._existing(end):
                    self._claim(file, beginning, path)
                    return replace(file, spelling=end)
                if file := self._alike(end):
                    if path != self._last:
                        self.respelled += 1
                        self._example = (end, file.path.relative_to(self.root).as_posix())
                    self._claim(file, beginning, path)
                    return file
        raise self._refusal(mapped, parts, is_foreign=is_foreign)

    def notes(self) -> Iterator[Note]:
        """How paths were read that are not spelled as the files are."""
        name = self.root.name or str(self.root)
        for beginning, count in self.shortened.most_common():
            text = SHORTENED_TEXT.format(count=Number(count), beginning=beginning, root=name)
            yield Note(SHORTENED, text)
        if self.respelled:
            path, file = self._example
            text = RESPELLED_TEXT.format(count=Number(self.respelled), path=path, file=file)
            yield Note(RESPELLED, text)
        for folder, beginning in sorted(self._mixed):
            yield Note(MIXED, MIXED_TEXT.format(folder=folder, beginning=beginning))
        for beginning in sorted(self.unused):
            yield Note(MAP_UNUSED, MAP_UNUSED_TEXT.format(beginning=beginning))

    def _mapped(self, path: str) -> str:
        parts = _parts(path)
        for beginning, given, target in self.maps:
            if [folded(part) for part in parts[: len(beginning)]] == [*map(folded, beginning)]:
                self.unused.discard(given)
                return "/".join((target.rstrip("/\\") or ".", *parts[len(beginning) :]))
        return path

    def _existing(self, spelling: str) -> FoundFile | None:
        """The regular file at a path relative to the root or absolute, if it really lies below the root."""
        folder, name = os.path.split(os.path.join(self.root, spelling))  # noqa: PTH118 it is quicker
        if name in ("", "."):
            folder, name = os.path.split(self.root / spelling)
        try:
            folder = self._real_folder(folder)
            status = os.lstat(f"{folder}/{name}")
            if stat.S_ISLNK(status.st_mode):
                folder, name = os.path.split(os.path.realpath(f"{folder}/{name}", strict=True))
                status = os.lstat(f"{folder}/{name}")
        except OSError:  # it is not there, a ring of links, or no folder above it
            return None
        if not stat.S_ISREG(status.st_mode) or not self._is_below(folder):
            return None
        return FoundFile(folder, name, status)

    def _alike(self, path: str) -> FoundFile | None:
        """The one file whose path below the root differs in Unicode form or case alone. Raises RowRefused."""
        candidates = self._index.get(folded(path), [])
        same_case = [item for item in candidates if _composed(item) == _composed(path)]
        candidates = same_case if len(same_case) == 1 else candidates
        if len(candidates) > 1:
            first, second = candidates[:2]
            raise RowRefused(RefusalReason.CONFLICT, AMBIGUOUS.format(first=first, second=second))
        if not candidates:
            return None
        file = self._existing(candidates[0])
        return replace(file, spelling=candidates[0]) if file else None

    def _claim(self, file: FoundFile, beginning: str, path: str) -> None:
        """Note by which beginning the files of a folder are reached: two of them may be two cards.

        Raises RowRefused for a second one; a path that is spelled exactly is always taken.
        """
        first = self._beginning_of.setdefault(file.folder, beginning)
        if first != beginning and folded(first) != folded(beginning):
            shown = file.path.relative_to(self.root)
            if not beginning:
                self._mixed.add((shown.parent.as_posix(), first))
            else:
                text = TWO_BEGINNINGS.format(
                    first=repr(first) if first else "its own folder",
                    second=beginning,
                    path=shown.as_posix(),
                )
                raise RowRefused(RefusalReason.CONFLICT, text)
        if beginning and path != self._last:
            self.shortened[first] += 1
        self._last = path

    @cached_property
    def _index(self) -> dict[str, list[str]]:
        """Every file below the root, relative to it, by its folded path: read once, when first needed."""
        index: dict[str, list[str]] = {}
        cut = len(str(self.root)) + 1 if self.root.name else len(str(self.root))
        for folder, folders, names in os.walk(self.root):
            folders.sort()
            prefix = folder[cut:] + "/" if len(folder) > cut else ""
            for name in sorted(names):
                index.setdefault(folded(prefix + name), []).append(prefix + name)
        return index

    @cached_property
    def _folders(self) -> dict[str, list[str]]:
        """The index by folded folder."""
        folders: defaultdict[str, list[str]] = defaultdict(list)
        for key, paths in self._index.items():
            folders[key.rpartition("/")[0]] += paths
        return folders

    def _refusal(self, path: str, parts: list[str], *, is_foreign: bool) -> RowRefused:
        end = Path(os.path.realpath(self.root / path))
        leads_out = is_foreign or not end.is_relative_to(self.root)
        if leads_out:
            name = self.root.name or str(self.root)
            reason, text = RefusalReason.PATH, CLIMBS_OUT.format(root=name)
        else:
            reason, text = RefusalReason.MISSING, NO_FILE
        if nearest := self._nearest(parts):
            text = NEAREST.format(text=text, path=nearest)
        return RowRefused(reason, text)

    def _nearest(self, parts: list[str]) -> str:
        """The file that was probably meant: of a like name in the folder, else of the same name elsewhere."""
        if not parts or self._hints >= MOST_HINTS:
            return ""
        self._hints += 1
        name, key = folded(parts[-1]), folded("/".join(parts))
        for start in range(len(parts)):
            folder = folded("/".join(parts[start:-1]))
            if (folder or not start) and (inside := self._folders.get(folder)):
                by_name = {folded(item.rpartition("/")[2]): item for item in inside}
                likely = difflib.get_close_matches(name, by_name, 3, _LIKENESS)
                candidates = [by_name[item] for item in likely]
                break
        else:
            ends = [item for item in self._index if item.rpartition("/")[2] == name]
            likely = difflib.get_close_matches(key, ends, 3, 0.0)
            candidates = [self._index[item][0] for item in likely]
        return next((item for item in candidates if self._existing(item)), "")
