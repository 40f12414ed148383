"""Marks that Thumper sets in the packages it writes, by which it reads its own ones back as they were. Pure."""

from __future__ import annotations

import re
from typing import Final

PROGRAM: Final = "Thumper"
"""Title of the package's source."""

DERIVED: Final = (
    "Derived: no deployment of this camera covers these photographs; "
    "it lasts from the first to the last of them."
)
"""Comment of a deployment that is not stored."""

STILL_RUNNING: Final = (
    "The camera was still running: the deployment is shown to end with its last photograph."
)
"""Comment of a deployment without an end."""

OUTAGE: Final = "The camera did not work from {first} to {last}."
"""Comment of a deployment with days that leave its effort; both days are among them."""

OUTAGES: Final = re.compile(
    re.escape(OUTAGE)
    .replace(r"\{first\}", r"(\d{4}-\d\d-\d\d)")
    .replace(r"\{last\}", r"(\d{4}-\d\d-\d\d)")
)
"""The first and the last day of each outage in a comment."""
