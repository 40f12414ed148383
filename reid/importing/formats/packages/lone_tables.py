"""Lone tables: one table of a Camtrap DP package, given where the package is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.formats.packages.contents import DESCRIPTOR
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.formats.base import Peek

ALONE: Final = (
    "{source} is the table of {table} of a Camtrap DP package, and its datapackage.json is not beside it: give "
    "the package's folder or its ZIP archive instead; --format table reads the file as a table of its own."
)
DEPLOYMENTS: Final = " import_deployments reads it by itself."
LONE: Final = "one table given for its package"
WHOLE_PACKAGE: Final = "{source} is a table of the Camtrap DP package {package}, which was read as a whole: its other tables say what this one means"

_HEADINGS: Final = {
    "media": ("mediaID", "deploymentID", "filePath", "fileMediatype"),
    "observations": ("observationID", "observationLevel", "observationType"),
    "deployments": ("deploymentID", "deploymentStart", "deploymentEnd"),
}


def table_of(peek: Peek) -> str:
    """Which table of a package the file is; empty where it is none."""
    for name, headings in _HEADINGS.items():
        if peek.has_headings(*headings):
            return name
    return ""


def is_descriptor(file: Path) -> bool:
    """Whether the file describes a Camtrap DP package."""
    return file.is_file() and b"camtrap-dp" in file.read_bytes()


def folder_of(path: Path, table: str) -> Path:
    """The folder of the package whose table lies there. Raises SourceProblem where the package does not."""
    folder = path.resolve().parent
    if not is_descriptor(folder / DESCRIPTOR):
        more = DEPLOYMENTS if table == "deployments" else ""
        raise SourceProblem(ALONE.format(source=path.name, table=table) + more)
    return folder
