"""Arguments of `import_detections`: their help, and how each is read."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from reid.importing.rows import SourceProblem
from reid.models import Video

if TYPE_CHECKING:
    from argparse import ArgumentParser

BAD_OFFSET = "{text!r} is not CAMERA=SECONDS, for example north-gate=-3600"


BAD_MAP = "{text!r} is not FROM=TO, for example D:/TrailCams=."


BAD_CONFIDENCE = "{text!r} is not between 0 and 1"


LARGEST_OFFSET = 1e11
"""Seconds: more than three thousand years, for clocks that began at the year 1."""


BAD_COLUMN = "{text!r} is not FIELD=HEADING, for example path=Photo"


COLUMN_TWICE = "--column names {name} twice."


EPILOG = """\
SOURCE is one of:
  a .json file   MegaDetector batch output (any 1.x), SpeciesNet's predictions.json, PytorchWildlife,
                 the list of Microsoft's megadetector command, COCO, COCO Camera Traps, Label Studio
  an .xml file   CVAT for images 1.1, also in the ZIP file of its export (its COCO export is COCO)
  a folder       photographs. Where they lie in folders, --folders says what those are, and nothing is guessed:
                 deer      each photograph is one detection of the deer that the folder is named after, the
                           whole image, and may become a reference that all later ones are compared with
                 cameras   photographs of the camera that the folder is named after, without any boxes
                 none      photographs without any boxes
                 Without --folders such a folder is refused, unless --camera takes the cameras from it.
                 Photographs without boxes count as effort, and as not yet looked at by a detector.
                 Videos come in too: frames of them become photographs (not in folders of deer).
  a table        CSV, TSV or .xlsx; the first line names the columns, in any order: path, and any of
                 captured_at (or date and time), camera, x, y, width, height (pixels of the upright photograph, or
                 shares of it), classification, confidence, deer, sighting (one animal in one visit),
                 flank (left, right, front, rear, unknown)

  by name        tables of Timelapse, camtrapR (record tables), AddaxAI, TrapTagger and Wildbook (bulk import sheet), a
                 download of Wildlife Insights (folder or ZIP), and Thumper's own metadata.csv: known by their columns

Separator, encoding and decimal commas of a table are found out and said. Other headings: --column FIELD=HEADING for
each, such as --column path=Photo --column deer=Name; common ones are known. Dates whose order of day and month stays
open need --time-format '%d/%m/%Y %H:%M:%S'.

--captured-at, --camera, --sighting and --flank each take the name of a CSV column, or a pattern: a Python
regular expression with a group named like the option, searched for in the path. For photographs such as
north-gate/20251001_143000_left.jpg:
  --camera '(?P<camera>[^/]+)/'  --captured-at '(?P<captured_at>\\d{8}_\\d{6})'  --flank '_(?P<flank>left|right)'

Camera: the column or the pattern, else the label or serial number in EXIF. For a folder, --camera NAME is
the one camera of all its photographs.

Capture time: the column, else EXIF (DateTimeOriginal, DateTimeDigitized, DateTime), else the pattern. A time without an offset is on the camera's clock: in
the camera's own zone, else --time-zone, else TIME_ZONE. Where clocks go back, the first of the two moments is
taken. Photographs without any time are imported and counted. Those with a time that cannot be right (before
the camera stood there, in the future, of a clock that was reset) are imported, marked and listed:
--clock-offset mends a clock while importing, correct_clock afterwards.

Paths are relative to --root, or end like files below it: of D:\\TrailCams\\CamA\\IMG_0001.JPG the longest end that
is there is taken, a folder and a name at least. --map FROM=TO says what stands for a beginning:
  --map 'D:\\TrailCams\\2025=.'  --map '/content/drive/North=north-gate'

Words for classes are read in many spellings (common and scientific names, families, SpeciesNet's labels). A word
that is not known becomes animal and is listed: give it a class by --labels, then run relabel_detections. Words
such as NA, unknown or ? are no deer's name.

Which format it is, is found out and said; --format NAME forces one.

A box that covers nearly the same place as a stored one (they share 65 % of the area that both cover) is the same
detection, seen by another run of a detector: it takes the new class and confidence, unless a person or a
table gave them, and keeps its box, its deer, its review and its reference. A box that a person threw out
stays thrown out. No two boxes of a photograph become one stored detection. Of two boxes around one animal in
the file itself, the surer is taken.

Repeating an import changes nothing. It adds what was unknown before; another deer for a detection replaces
an imported or automatic identity, never a reviewed one. Photographs outside MEDIA_ROOT are copied below it.
Photographs are told apart by content: the same file under another name is the same photograph, and a file with the name of a
stored photograph and other bytes (the camera's next card) is another one, stored beside it.
"""


def add_video_arguments(parser: ArgumentParser) -> None:
    """What is taken of videos."""
    parser.add_argument(
        "--video-fps",
        type=float,
        metavar="FRAMES",
        help="frames of a second of a video that are looked at (default: VIDEO_FPS, which is 1)",
    )
    parser.add_argument(
        "--video-frames",
        choices=Video.Taken.values,
        default="",
        help="frames of videos to take: the first one and those in which something moves, or all "
        "(default: VIDEO_FRAMES, which is moving)",
    )


def clock_offset(text: str) -> tuple[str, float]:
    camera, sign, seconds = text.rpartition("=")
    try:
        if sign and camera and abs(float(seconds)) < LARGEST_OFFSET:
            return camera, float(seconds)
    except ValueError:
        pass  # falls through to the one sentence
    raise ArgumentTypeError(BAD_OFFSET.format(text=text))


def mapping(text: str) -> tuple[str, str]:
    beginning, sign, target = text.partition("=")
    if not sign or not target:
        raise ArgumentTypeError(BAD_MAP.format(text=text))
    return beginning, target


def column(text: str) -> tuple[str, str]:
    name, sign, heading = text.partition("=")
    if sign and name.strip() and heading.strip():
        return name.strip().replace("-", "_"), heading.strip()
    raise ArgumentTypeError(BAD_COLUMN.format(text=text))


def columns_of(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The headings by field. Raises SourceProblem for a field that is given twice."""
    columns: dict[str, str] = {}
    for name, heading in pairs:
        if columns.setdefault(name, heading) != heading:
            raise SourceProblem(COLUMN_TWICE.format(name=name))
    return columns


def share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise ArgumentTypeError(BAD_CONFIDENCE.format(text=text))
    return number
