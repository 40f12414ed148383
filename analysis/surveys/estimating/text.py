"""Text of a survey's document for a terminal of 80 columns, plain ASCII, the sentences first. Pure."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.surveys.estimating.figures import BEST
from reid.cameras.days import LEFT_OUT
from reid.units import decimals
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH: Final = 80
LEFT: Final = ("estimator", "class", "unit")
RIGHT: Final = ("n", "95 %", "naive 95 %")


def as_text(document: Mapping[str, Any]) -> str:
    """The document for a terminal of 80 columns, plain ASCII, the sentences first."""
    period = document["period"]
    lines = [f"Survey from {period['start']} to {period['end']}"]
    for sentence in document["sentences"]:
        lines += _wrapped(sentence)
    if left_out := document["left_out_captures"]:
        lines += _wrapped(LEFT_OUT.format(count=Number(left_out)))
    for camera in document["cameras"]:
        for item in camera["left_out"]:
            lines += _wrapped(
                f"{camera['name']}: {item['first']} to {item['last']} is no effort ({item['reason']})."
            )
    for item in document["assumptions"]:
        lines += _wrapped(item["sentence"])
    lines += ["", _table(document), *_reasons(document)]
    return "\n".join(lines)


def _table(document: Mapping[str, Any]) -> str:
    table = Table(box=box.ASCII2)
    for heading in (*LEFT, *RIGHT):
        table.add_column(heading, justify="right" if heading in RIGHT else "left")
    for row in document["estimates"]:
        if row["n"] is not None:
            title = row["estimator"] + (" *" if row["note"].startswith(BEST) else "")
            n = row["n"] if row["honest_n"] is None else row["honest_n"]
            places = decimals(n, row["unit"])
            ends = (_ends(row[name], places) for name in ("interval", "naive_interval"))
            table.add_row(title, row["class"], row["unit"], f"{n:.{places}f}", *ends)
    text = io.StringIO()
    Console(file=text, width=WIDTH, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _ends(interval: list[float | None] | None, places: int) -> str:
    if interval is None:
        return "-"
    low, high = interval
    return f"{low:.{places}f} to {'any' if high is None else f'{high:.{places}f}'}"


def _reasons(document: Mapping[str, Any]) -> list[str]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in document["estimates"]:
        if row["why_not"]:
            reasons.setdefault((row["estimator"], row["why_not"]), []).append(row["class"])
    lines = [f"* {BEST}. Chao is a lower bound."]
    for (estimator, why_not), classes in reasons.items():
        lines += _wrapped(f"{estimator} ({', '.join(classes)}): {why_not}.")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")
