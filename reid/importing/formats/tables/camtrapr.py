"""camtrapR's record tables: what recordTable and recordTableIndividual write.

Station, Species, DateTimeOriginal, Directory and FileName of each record, with Individual where animals were told
apart, and Camera where a station has several: then the camera's name is of both, as in its station table. A record is a photograph: its box is the whole of it. Source: the
documentation of the package's data sets recordTableSample and recordTableIndividualSample.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf
from reid.importing.formats.tables.generic import Layout, open_as

if TYPE_CHECKING:
    from reid.importing.formats.base import Peek

LAYOUT: Final = Layout(
    title="camtrapR's record table",
    fixed={
        "path": "FileName",
        "captured_at": "DateTimeOriginal",
        "camera": "Station",
        "classification": "Species",
        "deer": "Individual",
    },
    folder="Directory",
    second_camera="Camera",
    missing="NA",
    whole_photographs=True,
)


def _recognises(peek: Peek) -> bool:
    return peek.has_headings("Station", "Species", "DateTimeOriginal", "Directory", "FileName")


FORMAT: Final = FormatOf("camtrapr", LAYOUT.title, _recognises, partial(open_as, LAYOUT))
