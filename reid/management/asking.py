"""Questions that commands ask a person at a terminal."""

from __future__ import annotations

import sys


def accepts(question: str) -> bool:
    """Whether the person says yes; a script has nobody to ask, which is no."""
    if not sys.stdin.isatty():
        return False
    return input(question).strip().lower() in ("y", "yes")
