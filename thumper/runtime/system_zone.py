"""The computer's own time zone, by its IANA name."""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path
from typing import Final

LOCALTIME: Final = Path("/etc/localtime")
TIMEZONE: Final = Path("/etc/timezone")
_DATABASE: Final = "zoneinfo"
"""The folder that zone files lie in, wherever a system keeps it; names of zones begin behind it."""


def system_zone(
    variable: str | None = None, *, localtime: Path = LOCALTIME, named: Path = TIMEZONE
) -> str | None:
    """The zone that TZ names (`variable`, else the environment), else that of /etc/localtime; None: not known.

    /etc/localtime is a link into the zone database on Linux and macOS; where it is a copy, /etc/timezone names
    the zone.
    """
    variable = os.environ.get("TZ", "") if variable is None else variable
    candidates = [variable.removeprefix(":")]
    try:
        candidates.append(str(localtime.resolve()))
    except (OSError, RuntimeError):  # a link that leads nowhere or round in a circle
        candidates.append("")
    try:
        candidates.append(named.read_text(encoding="ascii", errors="replace").strip())
    except OSError:  # most systems have no such file
        candidates.append("")
    known = zoneinfo.available_timezones()
    for candidate in candidates:
        name = _behind_database(candidate)
        if name in known:
            return name
    return None


def _behind_database(text: str) -> str:
    parts = Path(text).parts
    if _DATABASE not in parts:
        return text
    inside = parts[len(parts) - parts[::-1].index(_DATABASE) :]
    if inside[:1] in (("posix",), ("right",)):
        inside = inside[1:]
    return "/".join(inside)
