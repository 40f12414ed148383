"""Full frames in the store of photographs: read whole, and refused where they are not the photograph's bytes any more.

A photograph is its bytes. Files that are used in place, and hard links, can be overwritten by the camera's next
card; their boxes would lie on another picture. No database here: these functions run in threads.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation

from reid.imaging.decoding import ImageProblem
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from reid.imaging.frame import Frame

CHANGED: Final = "the file has been overwritten: it is not the photograph that was imported"


def read_frame(frame: Frame) -> bytes:
    """The photograph's bytes.

    Raises ImageProblem: missing, too_large (before anything is read), unreadable, or changed where the file has
    other bytes than the photograph; StoreAway.
    """
    content = read_stored(frame.path)
    if hashlib.sha256(content).hexdigest() != frame.sha256:
        raise ImageProblem("changed", CHANGED)
    return content


def read_stored(name: str) -> bytes:
    """A stored file. Raises ImageProblem: missing, unreadable, or too_large before anything is read; StoreAway."""
    try:
        with photo_store.open(name) as file:
            if file.size > settings.IMAGE_MAX_BYTES:
                raise ImageProblem("too_large", f"{file.size} bytes")
            return bytes(file.read())
    except FileNotFoundError as error:
        raise ImageProblem("missing", name) from error
    except (OSError, SuspiciousOperation) as error:
        raise ImageProblem("unreadable", name) from error
