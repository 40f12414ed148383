"""Document of a survey's estimates: the JSON of `estimate_population`, and its table at 80 columns. Pure."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.surveys.estimates import Figure, SurveyEstimates
    from analysis.surveys.material import CameraEffort

WIDTH: Final = 80


def survey_document(found: SurveyEstimates) -> dict[str, Any]:
    """JSON of the estimates. `interval` is the honest one: null while nobody measured the errors of identification."""
    material, cut = found.material, found.occasions
    closed = found.closure
    return {
        "period": {"start": material.start.isoformat(), "end": material.end.isoformat()},
        "occasions": {"count": len(cut.starts), "days": cut.days},
        "captures": int(cut.captures.sum()),
        "deer": len(cut.deer),
        "left_out_captures": cut.left_out,
        "camera_days": material.camera_days,
        "cameras": [_camera(camera) for camera in material.cameras],
        "closure": None
        if closed is None
        else {"z": closed.z, "p": closed.p, "deer": closed.animals},
        "estimates": [_estimate(figure) for figure in found.figures],
        "refused": found.refused,
    }


def _camera(camera: CameraEffort) -> dict[str, Any]:
    return {
        "name": camera.name,
        "days": len(camera.days),
        "estimated": camera.is_estimated,
        "left_out": [
            {"first": item.first.isoformat(), "last": item.last.isoformat(), "reason": item.reason}
            for item in camera.left_out
        ],
    }


def _estimate(figure: Figure) -> dict[str, Any]:
    return {
        "estimator": figure.estimator,
        "class": figure.of,
        "unit": figure.unit,
        "n": figure.n,
        "interval": None,
        "naive_interval": None if figure.naive is None else list(figure.naive),
        "note": figure.note,
        "why_not": figure.why_not,
    }


def as_text(document: Mapping[str, Any]) -> str:
    """The document for a terminal of 80 columns, plain ASCII, the sentences first."""
    period, occasions = document["period"], document["occasions"]
    lines = [f"Survey from {period['start']} to {period['end']}"]
    lines += _wrapped(
        f"{document['deer']} deer in {document['captures']} captures on {document['camera_days']} camera-days; "
        f"{occasions['count']} occasions of {occasions['days']} days."
    )
    if document["left_out_captures"]:
        lines += _wrapped(
            f"{document['left_out_captures']} captures were left out: their camera was not running that day as far as anyone "
            "knows, or they came after the last whole occasion."
        )
    for camera in document["cameras"]:
        for item in camera["left_out"]:
            lines += _wrapped(
                f"{camera['name']}: {item['first']} to {item['last']} is no effort ({item['reason']})."
            )
    lines += _wrapped(_closure(document["closure"]))
    lines += ["", *_wrapped(document["refused"]), "", _table(document), *_reasons(document)]
    return "\n".join(lines)


def _closure(closed: Mapping[str, Any] | None) -> str:
    if closed is None:
        return "Too few deer were seen twice to test whether deer came or went meanwhile."
    if closed["p"] < 0.05:
        return f"Deer seem to have come or gone during the survey (closure test, p = {closed['p']:.3f}): choose a shorter period."
    return f"Nothing says that deer came or went during the survey (closure test, p = {closed['p']:.2f})."


def _table(document: Mapping[str, Any]) -> str:
    table = Table(box=box.ASCII2)
    for heading in ("estimator", "class", "unit", "n", "naive 95 %"):
        table.add_column(heading, justify="right" if heading in ("n", "naive 95 %") else "left")
    for row in document["estimates"]:
        if row["n"] is not None:
            low, high = row["naive_interval"]
            ends = f"{low:.1f} to {'any number' if high is None else f'{high:.1f}'}"
            name = row["estimator"] + (" *" if row["note"] == "best by AICc" else "")
            table.add_row(name, row["class"], row["unit"], f"{row['n']:.1f}", ends)
    text = io.StringIO()
    Console(file=text, width=WIDTH, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _reasons(document: Mapping[str, Any]) -> list[str]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in document["estimates"]:
        if row["why_not"]:
            reasons.setdefault((row["estimator"], row["why_not"]), []).append(row["class"])
    lines = ["* best by AICc. Chao is a lower bound."]
    for (estimator, why_not), classes in reasons.items():
        lines += _wrapped(f"{estimator} ({', '.join(classes)}): {why_not}.")
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ")
