"""Endings of files: which are photographs, which are films, and what to do with the rest. Pure."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note, RefusalReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PHOTOGRAPHS: Final = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".jif",
        ".mpo",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
        ".bmp",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
    ]
)
TELEPHONES: Final = frozenset({"heic", "heif", "hif", "avif"})
"""Endings of photographs whose formats have many kinds, of which not all can be decoded."""
VIDEOS: Final = frozenset(
    [
        ".mp4",
        ".avi",
        ".mov",
        ".m4v",
        ".mkv",
        ".wmv",
        ".webm",
        ".mpg",
        ".mpeg",
        ".mts",
        ".m2ts",
        ".3gp",
        ".3g2",
        ".asf",
        ".flv",
        ".ogv",
        ".mjpeg",
        ".mjpg",
    ]
)
"""Endings of videos. Small doubles that cameras write beside them (.lrv) are left alone."""
OTHER_PICTURES: Final = frozenset(
    [
        ".gif",
        ".jp2",
        ".j2k",
        ".jxl",
        ".psd",
        ".svg",
        ".ico",
        ".tga",
        ".ppm",
        ".pgm",
        ".dng",
        ".raw",
        ".cr2",
        ".cr3",
        ".crw",
        ".nef",
        ".nrw",
        ".arw",
        ".srf",
        ".sr2",
        ".orf",
        ".rw2",
        ".raf",
        ".pef",
        ".srw",
        ".x3f",
        ".3fr",
        ".iiq",
        ".rwl",
    ]
)
"""Pictures that are not read: of other programs, and raw data of cameras."""

_NOBODYS: Final = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini", "icon\r"})

VIDEO: Final = "videos"
VIDEO_TEXT: Final = (
    "Videos in folders of deer are left out: {counts}. Import their folder by itself, as cameras or as neither: "
    "not every frame shows the deer."
)
UNREAD: Final = "pictures of other formats"
UNREAD_TEXT: Final = "Pictures that are not read: {counts}. Export them as JPEG."
UNDECODED: Final = "pictures that cannot be decoded"
UNDECODED_TEXT: Final = "Pictures that could not be decoded: {counts}. Export them as JPEG."
OTHER: Final = "files that are no photographs"
OTHER_TEXT: Final = "Files that are no photographs were left alone: {counts}."
ABOUT_PHOTOGRAPHS: Final = "{text} A table or a detector's file among them is imported by its own name, and brings its boxes and names."
_TABLES: Final = frozenset({"json", "csv", "tsv", "xlsx", "xls", "xml", "zip"})

EXPORT_AS_JPEG: Final = "this {ending} file cannot be read: export it as JPEG"


def is_nobodys(name: str) -> bool:
    """Whether a system leaves such a file about: nobody misses it, and nobody is to be asked."""
    return name.startswith((".", "~$")) or name.lower() in _NOBODYS


def ending(name: str) -> str:
    """The ending as it is counted: in small letters, without its dot; `none` where there is none."""
    return PurePath(name).suffix.lower().lstrip(".") or "none"


def is_photograph(name: str) -> bool:
    return PurePath(name).suffix.lower() in PHOTOGRAPHS


def is_video(name: str) -> bool:
    return PurePath(name).suffix.lower() in VIDEOS


def is_material(name: str) -> bool:
    """Whether photographs come of it: a photograph, or a video with its frames."""
    return is_photograph(name) or is_video(name)


def is_other_picture(name: str) -> bool:
    return PurePath(name).suffix.lower() in OTHER_PICTURES


def has_advice(name: str, reason: RefusalReason) -> bool:
    """Whether a file that cannot be read is of a kind for which people can be told what to do."""
    is_plain = is_photograph(name) and ending(name) not in TELEPHONES
    return reason is RefusalReason.UNREADABLE and not is_plain


def passed_over(counts: Mapping[str, int]) -> Iterator[Note]:
    """What a folder holds beside photographs, by ending and with what to do about it."""
    groups: dict[str, Counter[str]] = {VIDEO: Counter(), UNREAD: Counter(), OTHER: Counter()}
    for name, count in counts.items():
        if f".{name}" in VIDEOS:
            groups[VIDEO][name] += count
        elif f".{name}" in OTHER_PICTURES:
            groups[UNREAD][name] += count
        else:
            groups[OTHER][name] += count
    for kind, text in ((VIDEO, VIDEO_TEXT), (UNREAD, UNREAD_TEXT), (OTHER, OTHER_TEXT)):
        if groups[kind]:
            said = text.format(counts=listed(groups[kind]))
            if not _TABLES.isdisjoint(groups[kind]):
                said = ABOUT_PHOTOGRAPHS.format(text=said)
            yield Note(kind, said)


def undecoded(counts: Mapping[str, int]) -> Iterator[Note]:
    """Pictures of telephones and other programs that were tried and could not be decoded, by ending."""
    if counts:
        yield Note(UNDECODED, UNDECODED_TEXT.format(counts=listed(counts)))


def listed(counts: Mapping[str, int]) -> str:
    """Such as `gif 1, heic 2`."""
    return ", ".join(f"{name} {counts[name]:,}" for name in sorted(counts))
