"""Formats of the doubts about labels: terminal table, CSV, JSON, Markdown. Plain ASCII."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from rich import box
from rich.console import Console
from rich.table import Table

from analysis.reports.threshold_formats import WIDTH
from reid.wording import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.labels.questions import LabelQuestion, Questions, TwinQuestion
    from reid.suggesting.likeness import Likeness

NOTHING: Final = "No label is in doubt, and no two deer look like one."
ANSWER: Final = "The page /review/labels shows each with its pictures, and takes the answers."
COLUMNS: Final = (
    *("kind", "deer", "deer_name", "other", "other_name", "own_score", "other_score"),
    *("sighting", "camera", "captured_at"),
)


def labels_document(asked: Questions, scorer: Mapping[str, str]) -> dict[str, Any]:
    """The doubts, the most evident of each kind first; `pictures` are detections."""
    return {
        "scorer": dict(scorer),
        "twins": [_twins(item) for item in asked.twins],
        "labels": [_label(item) for item in asked.labels],
    }


def _twins(question: TwinQuestion) -> dict[str, Any]:
    return {
        "deer": str(question.deer.pk),
        "deer_name": question.deer.name,
        "into": str(question.into.pk),
        "into_name": question.into.name,
        "score": question.score,
        "sightings": question.sightings,
        "into_sightings": question.into_sightings,
        "pictures": [str(key) for key in question.pictures],
        "into_pictures": [str(key) for key in question.into_pictures],
    }


def _label(question: LabelQuestion) -> dict[str, Any]:
    camera, shown = question.sighting.encounter.camera, question.detections
    time = next((item.image.captured_at for item in shown if item.image.captured_at), None)
    return {
        "sighting": str(question.sighting.pk),
        "camera": camera.name if camera else None,
        "captured_at": timezone.localtime(time).isoformat() if time else None,
        "deer": str(question.deer.pk),
        "deer_name": question.deer.name,
        "other": str(question.other.pk),
        "other_name": question.other.name,
        "own_score": question.own_score,
        "other_score": question.other_score,
        "pictures": [str(item.pk) for item in shown if item.is_identifiable],
        "own_picture": _picture(question.own),
        "other_picture": _picture(question.alike),
    }


def _picture(likeness: Likeness | None) -> str | None:
    return None if likeness is None else str(likeness.detection)


def _twin_rows(document: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            f"{item['deer_name']} ({item['sightings']})",
            f"{item['into_name']} ({item['into_sightings']})",
            f"{item['score']:.4f}",
        ]
        for item in document["twins"]
    ]


def _label_rows(document: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            item["camera"] or "-",
            item["captured_at"][:16].replace("T", " ") if item["captured_at"] else "-",
            item["deer_name"],
            f"{item['own_score']:.4f}",
            item["other_name"],
            f"{item['other_score']:.4f}",
        ]
        for item in document["labels"]
    ]


_TABLES: Final[
    tuple[tuple[str, tuple[str, ...], Callable[[Mapping[str, Any]], list[list[str]]]], ...]
] = (
    ("Likely one deer (sightings)", ("deer", "and", "score"), _twin_rows),
    (
        "Labels likely wrong",
        ("camera", "taken at", "label", "score", "looks like", "score"),
        _label_rows,
    ),
)


def as_table(document: Mapping[str, Any]) -> str:
    """For a terminal of 80 columns; long names are folded."""
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, highlight=False, markup=False)
    for title, columns, rows in _TABLES:
        if found := rows(document):
            console.print(title)
            table = Table(box=box.ASCII, padding=0, pad_edge=False)
            for name in columns:
                table.add_column(name, justify="right" if name == "score" else "left")
            for row in found:
                table.add_row(*row)
            console.print(table)
    console.print(textwrap.fill(_end(document), WIDTH), soft_wrap=True)
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip("\n").split("\n"))


def as_markdown(document: Mapping[str, Any]) -> str:
    """Sections to paste into a document."""
    lines: list[str] = []
    for title, columns, rows in _TABLES:
        if found := rows(document):
            lines += [f"### {title}", "", _line(columns), "|" + " --- |" * len(columns)]
            lines += [*(_line(row) for row in found), ""]
    return "\n".join([*lines, _end(document)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _end(document: Mapping[str, Any]) -> str:
    return ANSWER if document["twins"] or document["labels"] else NOTHING


def as_json(document: Mapping[str, Any]) -> str:
    """The document itself."""
    return json.dumps(document, indent=2, allow_nan=False)


def as_csv(document: Mapping[str, Any]) -> str:
    """A line a doubt, of the kind twins or label; of twins `other` is the profile of more sightings."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for item in document["twins"]:
        writer.writerow(
            {
                "kind": "twins",
                "deer": item["deer"],
                "deer_name": plain_text(item["deer_name"]),
                "other": item["into"],
                "other_name": plain_text(item["into_name"]),
                "other_score": item["score"],
            }
        )
    for item in document["labels"]:
        cells = {key: item[key] for key in COLUMNS if key in item}
        names = {key: plain_text(cells[key] or "") for key in cells if key.endswith("_name")}
        writer.writerow({"kind": "label"} | cells | names)
    return text.getvalue().rstrip("\n")


FORMATS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}
