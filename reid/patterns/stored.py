"""Stored keypoints: one file a detection beside its crop, and one file a background. Whole or not at all; no database."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from reid.imaging.derived_files import keypoints_name
from reid.patterns.keypoints import Keypoints, NoKeypoints
from reid.storage.photo_store import photo_store, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

BACKGROUND_LOST: Final = (
    "The file of the background {} is missing or damaged: restore the folder patterns of the media, or draw a new "
    "background."
)


def store_keypoints(detection: UUID, found: Keypoints) -> None:
    """Keep them in place of what was kept before."""
    photo_store.replace(keypoints_name(detection), found.to_bytes())


def stored_keypoints(detection: UUID) -> Keypoints | None:
    """The keypoints of a detection, or None where there are none of this extractor that can be read."""
    try:
        return Keypoints.from_bytes(read_file(keypoints_name(detection)))
    except (OSError, NoKeypoints):
        return None  # not there yet, or damaged: they are found anew


def delete_keypoints(detection: UUID) -> None:
    """Delete what is kept of it, where anything is."""
    photo_store.delete(keypoints_name(detection))


def background_name(fingerprint: str) -> str:
    """Where a background is kept."""
    return f"patterns/backgrounds/{fingerprint}.keypoints"


def background_bytes(members: Iterable[Keypoints]) -> bytes:
    """A background as a file: each member's length, as four bytes, and its keypoints."""
    parts = [item.to_bytes() for item in members]
    return b"".join(len(part).to_bytes(4, "little") + part for part in parts)


def stored_background(fingerprint: str, digest: str) -> list[Keypoints]:
    """The keypoints of a background, in the order of its members. Raises NoKeypoints where it is not what was drawn.

    `digest` is the SHA-256 of its file, 64 hex digits.
    """
    try:
        content = read_file(background_name(fingerprint))
    except OSError as error:
        raise NoKeypoints(BACKGROUND_LOST.format(fingerprint[:8])) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise NoKeypoints(BACKGROUND_LOST.format(fingerprint[:8]))
    members, start = [], 0
    while start < len(content):
        end = start + 4 + int.from_bytes(content[start : start + 4], "little")
        members.append(Keypoints.from_bytes(content[start + 4 : end]))
        start = end
    return members
