"""Kept pictures: JPEGs whose comment says what was blurred in them, so that none is shown that is stale."""

from __future__ import annotations

import io

from PIL import Image


def comment_of(content: bytes) -> str:
    """The comment of a JPEG; empty where it has none, or is none."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            return bytes(picture.info.get("comment", b"")).decode("ascii", "replace")
    except (OSError, SyntaxError):
        return ""
