"""Areas of files that a backup holds: photographs with what was made of them, and models.

What a page makes again when it is next opened (thumbnails, small photographs, copies for browsers) is left out, and so
are exports, which expire within the hour, uploads that are no photographs yet, what is unpacked, converted or half
trained below MODEL_ROOT, and what a file system keeps at the root of its disk. Crops, torsos, keypoints and backgrounds
are in it: together they are some hundredth of the photographs, making them again takes hours on a large herd, and a
background cannot be made again at all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.files.storage import default_storage

from reid.storage.folder import FolderStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.files.storage import Storage

MEDIA, MODELS = "media", "models"

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MADE_BY_PAGES: Final = re.compile(
    rf"thumbnails/[0-9a-f]{{2}}/{_UUID}\.jpg|photographs/[0-9a-f]{{2}}/{_UUID}(?:\.small)?\.jpg"
)
_OF_DETECTIONS: Final = re.compile(
    rf"crops/[0-9a-f]{{2}}/{_UUID}\.jpg|torsos/[0-9a-f]{{2}}/{_UUID}(?:\.refused)?\.jpg"
    rf"|patterns/[0-9a-f]{{2}}/{_UUID}\.keypoints"
)
_FILE_SYSTEMS: Final = frozenset({"lost+found", "System Volume Information", "$RECYCLE.BIN"})
_HALF_WRITTEN: Final = re.compile(r"(?:.*/)?[^/]*\.part")


def storage_of(area: str) -> Storage:
    """Where the files of an area are."""
    if area == MODELS:
        return FolderStorage(location=settings.MODEL_ROOT)
    return default_storage


def is_derived(path: str) -> bool:
    """Whether a file of the media was made of a photograph, and can be made again."""
    return bool(_MADE_BY_PAGES.fullmatch(path) or _OF_DETECTIONS.fullmatch(path))


def walk(area: str) -> Iterator[str]:
    """Paths of an area's files that a backup holds, folder by folder, each folder in the order of its names."""
    is_left_out = _left_out_of_models if area == MODELS else _left_out_of_media(storage_of(area))
    yield from _walk(storage_of(area), "", is_left_out)


def derived() -> Iterator[str]:
    """Paths of all files of the media that were made of photographs."""
    storage = storage_of(MEDIA)
    for folder in ("crops", "patterns", "photographs", "thumbnails", "torsos"):
        for path in _walk(storage, folder, lambda _: False):
            if is_derived(path):
                yield path


def _walk(storage: Storage, folder: str, is_left_out: Callable[[str], bool]) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return  # removed while its neighbours were copied
    inner, own = set(folders), set(files)  # an object store may have both under one name
    for name in sorted(inner | own):
        path = f"{folder}/{name}" if folder else name
        if is_left_out(path):
            continue
        if name in own:
            yield path
        if name in inner:
            yield from _walk(storage, path, is_left_out)


def _left_out_of_models(path: str) -> bool:
    # The environment of conversions, converted networks, trainings under way.
    return path.startswith(".")


def _left_out_of_media(storage: Storage) -> Callable[[str], bool]:
    try:
        root = Path(storage.path(""))
    except NotImplementedError:
        # An object store: no folder of this machine lies there, but its exports may.
        inside = {settings.S3_EXPORTS}
    else:
        roots = (settings.EXPORT_ROOT, settings.MODEL_ROOT, settings.UPLOAD_ROOT)
        inside = {
            path.relative_to(root).as_posix() for path in roots if path.is_relative_to(root)
        } - {"."} | _FILE_SYSTEMS

    def is_left_out(path: str) -> bool:
        return path in inside or bool(
            _MADE_BY_PAGES.fullmatch(path) or _HALF_WRITTEN.fullmatch(path)
        )

    return is_left_out
