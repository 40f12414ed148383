"""Options of commands that import: their arguments, and what they say of the source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from reid.importing.formats.base import DEFAULT_MIN_CONFIDENCE
from reid.importing.formats.folders import MEANINGS
from reid.importing.options import ImportOptions
from reid.importing.reading.labels import read_labels
from reid.management.import_arguments import (
    add_video_arguments,
    clock_offset,
    column,
    columns_of,
    mapping,
    share,
)

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


def add_import_options(parser: CommandParser, *, format_option: str) -> None:
    """The options that say how a source is read; `format_option` is the name of the one that forces its format."""
    parser.add_argument(
        "--root", type=Path, help="folder that paths are relative to (default: SOURCE's own)"
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        type=mapping,
        metavar="FROM=TO",
        help="of paths that begin with FROM, the folder below the root that is meant; repeatable",
    )
    parser.add_argument(
        "--verify", action="store_true", help="read files too that have not changed since"
    )
    parser.add_argument(
        format_option,
        dest="source_format",
        default="",
        metavar="NAME",
        help="format of SOURCE where it is not found out, by a name from the end of this help",
    )
    for name in ("captured-at", "camera", "sighting", "flank"):
        parser.add_argument(f"--{name}", default="", metavar="COLUMN_OR_PATTERN")
    parser.add_argument(
        "--folders",
        choices=MEANINGS,
        default="",
        help="what the folders in SOURCE are; asked for where there are any",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        type=column,
        metavar="FIELD=HEADING",
        help="a table's column of a field, where its heading does not say so; repeatable",
    )
    parser.add_argument(
        "--time-format",
        default="",
        help="how a table writes its times, as for strptime: '%%d/%%m/%%Y %%H:%%M:%%S'",
    )
    parser.add_argument("--time-zone", default="", help="IANA name, such as America/Chicago")
    parser.add_argument(
        "--clock-offset",
        action="append",
        default=[],
        type=clock_offset,
        metavar="CAMERA=SECONDS",
        help="seconds to add to every time of a camera whose clock is wrong; repeatable",
    )
    parser.add_argument(
        "--min-confidence",
        type=share,
        default=DEFAULT_MIN_CONFIDENCE,
        help="of detectors' boxes, those below are left out (default: %(default)s)",
    )
    parser.add_argument(
        "--collection",
        default="",
        help="folder below MEDIA_ROOT for photographs from elsewhere (default: the root's name)",
    )
    parser.add_argument(
        "--link", action="store_true", help="hard-link photographs instead of copying them"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="CSV of words and the classes they name, such as venado,deer; kept for later imports",
    )
    add_video_arguments(parser)


def import_options(options: dict[str, Any], *, dry_run: bool = False) -> ImportOptions:
    """What was given of them. Raises SourceProblem."""
    return ImportOptions(
        root=options["root"],
        collection=options["collection"],
        link=options["link"],
        verify=options["verify"],
        maps=dict(options["map"]),
        finders={name: options[name] for name in ("captured_at", "camera", "sighting", "flank")},
        columns=columns_of(options["column"]),
        time_format=options["time_format"],
        time_zone=options["time_zone"],
        clock_offsets=dict(options["clock_offset"]),
        min_confidence=options["min_confidence"],
        folders=options["folders"],
        labels=read_labels(options["labels"]) if options["labels"] else {},
        source_format=options["source_format"],
        video_fps=options["video_fps"],
        video_frames=options["video_frames"],
        dry_run=dry_run,
    )
