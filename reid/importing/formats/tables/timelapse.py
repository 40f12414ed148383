"""Timelapse's table of photographs: what "Export data to a CSV file" writes.

File and RelativePath (with backslashes) name the photograph; DateTime is 2025-10-03 06:12:44, with a T or without, or
two columns Date (03-Oct-2025) and Time; all other columns are the user's own. RootFolder is optional, levels of folder
metadata may stand before it. Source: Timelapse/Database/CsvReaderWriter.cs, ExportToCsv, of saulgreenberg/Timelapse;
older releases wrote File, RelativePath, Folder, Date, Time, ImageQuality, DeleteFlag (MegaDetector's import scripts).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf
from reid.importing.formats.tables.generic import Layout, open_as

if TYPE_CHECKING:
    from reid.importing.formats.base import Peek

LAYOUT: Final = Layout(
    title="Timelapse's table",
    fixed={"path": "File", "captured_at": "DateTime", "date": "Date", "time": "Time"},
    folder="RelativePath",
    whole_photographs=True,
)
_OWN: Final = ("RootFolder", "DeleteFlag", "ImageQuality")


def _recognises(peek: Peek) -> bool:
    return peek.has_headings("File", "RelativePath") and any(
        peek.has_headings(name) for name in _OWN
    )


FORMAT: Final = FormatOf("timelapse", LAYOUT.title, _recognises, partial(open_as, LAYOUT))
