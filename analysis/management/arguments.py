"""Arguments that the analysis commands share: options, their parsing, and the output of the result."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.utils import timezone

from analysis.score_log.facts import CapturePeriod
from analysis.score_log.session import find_scorer
from reid.identifying.thresholds import NOT_A_THRESHOLD, units_of
from reid.imaging.capture_time import day_begins, day_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.core.management.base import CommandParser

    from reid.models import Scorer

NOT_A_DAY = "{text!r} is no day: give YYYY-MM-DD."
NO_PERIOD = "--since must not be after --until."
NOT_WRITABLE = "{path} cannot be written: {reason}."


def chosen_scorer(options: Mapping[str, Any]) -> Scorer:
    """The scorer of `--scorer` or `--space`, else the active one. Raises AnalysisError."""
    return find_scorer(scorer=options["scorer"], space=options["space"])


def add_period(parser: CommandParser) -> None:
    for name, which in (("--since", "first"), ("--until", "last")):
        parser.add_argument(
            name, default="", help=f"{which} local day of the photographs looked at, YYYY-MM-DD"
        )


def parse_period(since: str, until: str) -> CapturePeriod:
    """The local days from `since` to `until`, both included; empty: no limit. Raises CommandError."""
    first, last = _day(since), _day(until)
    if first and last and first > last:
        raise CommandError(NO_PERIOD, returncode=2)
    zone = timezone.get_default_timezone()
    return CapturePeriod(
        day_begins(first, zone) if first else None, day_ends(last, zone) if last else None
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(NOT_A_DAY.format(text=text), returncode=2) from error


def parse_thresholds(text: str) -> list[int]:
    """Score units of a list such as 0.70,0.65, each once, in its order. Raises CommandError."""
    units_in_order: dict[int, None] = {}
    for part in text.split(","):
        units = units_of(part)
        if units is None:
            raise CommandError(NOT_A_THRESHOLD.format(text=part.strip()), returncode=2)
        units_in_order[units] = None
    return list(units_in_order)


def deliver(content: str | bytes, output: Path | None, write: Callable[[str], object]) -> None:
    """Write to the file, or with `write` where there is none. Raises CommandError, naming the file."""
    if output is None:
        write(content if isinstance(content, str) else content.decode())
        return
    try:
        if isinstance(content, bytes):
            output.write_bytes(content)
        else:
            output.write_text(content + "\n", encoding="ascii", errors="backslashreplace")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(NOT_WRITABLE.format(path=output, reason=reason)) from error
    write(f"Wrote {output}.")


def deliver_lines(
    lines: Iterable[str], output: Path | None, write: Callable[[str], object]
) -> None:
    """The same, a line at a time as they come; nothing is kept. Raises CommandError, naming the file."""
    if output is None:
        for line in lines:
            write(line)
        return
    try:
        with output.open("w", encoding="ascii", errors="backslashreplace") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(NOT_WRITABLE.format(path=output, reason=reason)) from error
    write(f"Wrote {output}.")


def add_output(parser: CommandParser, formats: Iterable[str]) -> None:
    """`--format`, one of `formats` (table where none is named), and `--output`."""
    parser.add_argument(
        "--format", choices=sorted(formats), default="table", help="default: %(default)s"
    )
    parser.add_argument("--output", type=Path, help="write to this file instead of the screen")
