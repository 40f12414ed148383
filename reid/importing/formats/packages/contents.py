"""Contents of a Camtrap DP package: its description of itself, and its three tables. Raises SourceProblem throughout."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.packages import own_marks
from reid.importing.rows import SourceProblem
from reid.importing.tables.table import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reid.importing.formats.packages.archive import Folder
    from reid.importing.tables.table import Line, Table

DESCRIPTOR: Final = "datapackage.json"
TABLES: Final = ("deployments", "media", "observations")
NOT_A_PACKAGE: Final = (
    "{source} is no Camtrap DP package: its datapackage.json {problem}; write it anew."
)
BAD_VERSION: Final = (
    "{source} is a Camtrap DP package of version {version}; 1.0 to 1.0.2 are read: "
    "export it again in one of them."
)
NO_TABLE: Final = (
    "{source} is a Camtrap DP package without a readable table {name}: {path} is not beside it."
)
NO_COLUMN: Final = "{source} is a Camtrap DP package whose table {name} has no column {column}."
_COLUMNS: Final = {
    "deployments": ("deploymentID", "latitude", "longitude", "deploymentStart", "deploymentEnd"),
    "media": ("mediaID", "deploymentID", "timestamp", "filePath", "fileMediatype"),
    "observations": ("mediaID", "observationLevel", "observationType"),
}


class Contents:
    """A package whose description and tables have what reading them takes."""

    def __init__(self, folder: Folder, name: str) -> None:
        self._folder = folder
        self._name = name
        self._descriptor = _read_descriptor(folder, name)
        self._tables: dict[str, Table] = {}
        self._lines: dict[str, tuple[Line, ...]] = {}
        if not self.version.startswith("1."):
            version = self.version or "unknown"
            raise SourceProblem(BAD_VERSION.format(source=name, version=version))
        for table, columns in _COLUMNS.items():
            for column in columns:
                if column not in self.table(table).columns:
                    raise SourceProblem(NO_COLUMN.format(source=name, name=table, column=column))

    @property
    def is_own(self) -> bool:
        """Whether Thumper wrote the package, whose marks mean what it means by them."""
        sources = self._descriptor.get("sources")
        return isinstance(sources, list) and any(
            isinstance(item, dict) and item.get("title") == own_marks.PROGRAM for item in sources
        )

    @property
    def version(self) -> str:
        match = re.search(r"/(\d+\.\d+(?:\.\d+)?)/", str(self._descriptor.get("profile", "")))
        return match[1] if match else ""

    def path(self, name: str) -> Path:
        resources = self._descriptor.get("resources")
        paths = [
            item.get("path")
            for item in (resources if isinstance(resources, list) else ())
            if isinstance(item, dict) and item.get("name") == name
        ]
        path = paths[0] if paths and isinstance(paths[0], str) else f"{name}.csv"
        try:
            return self._folder.file(path)
        except OSError as error:
            text = NO_TABLE.format(source=self._name, name=name, path=path)
            raise SourceProblem(text) from error

    def table(self, name: str) -> Table:
        if name not in self._tables:
            self._tables[name] = read_table(self.path(name))
        return self._tables[name]

    def lines(self, name: str) -> tuple[Line, ...]:
        """The lines of a table, bad ones too, which say their problem."""
        if name not in self._lines:
            self._lines[name] = tuple(self.table(name).lines())
        return self._lines[name]


def _read_descriptor(folder: Folder, name: str) -> Mapping[str, Any]:
    """The package's description of itself. Raises SourceProblem where it describes no Camtrap DP package."""
    try:
        descriptor = json.loads(folder.file(DESCRIPTOR).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        text = NOT_A_PACKAGE.format(source=name, problem="is not JSON")
        raise SourceProblem(text) from error
    if not isinstance(descriptor, dict) or "camtrap-dp" not in str(descriptor.get("profile")):
        text = NOT_A_PACKAGE.format(source=name, problem="names no camtrap-dp profile")
        raise SourceProblem(text)
    return descriptor
