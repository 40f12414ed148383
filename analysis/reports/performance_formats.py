"""Formats of the performance document: terminal table, CSV, JSON, Markdown. Plain ASCII."""

from __future__ import annotations

import io
import json
import math
import textwrap
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.reports.threshold_formats import WIDTH, Cells, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_BAR: Final = 24
_STRATA: Final = ("genuine", "impostor", "sex mismatch", "unlabelled")
BRACKET_NOTE: Final = (
    "Known impostors bracket FMR without labels: animals of one frame are too alike, a buck and a doe too "
    "different, and none of them recommends a threshold."
)


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _between(document: Mapping[str, Any], name: str) -> str:
    low, high = document[f"{name}_low"], document[f"{name}_high"]
    ends = "" if low is None else f" ({low:.3f}-{high:.3f})"
    return _number(document[name]) + ends


def _distribution_rows(document: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for name in _STRATA:
        distribution = document["distribution"][name]
        if distribution is not None:
            figures = ("mean", "sd", "low", "q05", "median", "q95", "high")
            rows.append(
                [name, str(distribution["count"]), *(_number(distribution[key]) for key in figures)]
            )
    return rows


def _impostor_rows(document: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            name,
            str(impostors["pairs"]),
            _number(impostors["q95"], 4),
            _number(impostors["fmr_at_active"], 4),
        ]
        for name, impostors in document["known_impostors"].items()
    ]


def _class_rows(document: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            name,
            str(decoys["trials"]),
            str(decoys["hits"]),
            f"{100 * decoys['fpir']:.1f}",
            _number(decoys["q95"], 4),
        ]
        for name, decoys in document["decoys_by_class"]["classes"].items()
    ]


def _mixture(document: Mapping[str, Any]) -> str:
    mixture = document["mixture"]
    if not mixture["fits"]:
        return f"Mixture ({mixture['note']}): none, {mixture['why_not']}."
    low, high = mixture["means"]
    return (
        f"Mixture ({mixture['note']}): bells at {low:.3f} and {high:.3f}, "
        f"{100 * mixture['share']:.0f} % of the sightings in the higher one."
    )


def _histogram_rows(document: Mapping[str, Any]) -> list[list[str]]:
    """Counts, and a bar on a logarithmic scale, since impostors outnumber genuine pairs a hundredfold."""
    bars = document["histogram"]
    most = max(sum(bar[name] for name in _STRATA) for bar in bars)
    rows = []
    for bar in bars:
        total = sum(bar[name] for name in _STRATA)
        length = math.ceil(_BAR * math.log1p(total) / math.log1p(most))
        counts = [str(bar[name]) for name in _STRATA]
        rows.append([f"{bar['from']:.2f}", *counts, "#" * length])
    return rows


_TABLES: Final[
    tuple[tuple[str, tuple[str, ...], Callable[[Mapping[str, Any]], list[list[str]]]], ...]
] = (
    (
        "Compared pairs",
        ("", "pairs", "mean", "sd", "min", "5 %", "median", "95 %", "max"),
        _distribution_rows,
    ),
    ("Decoys by class", ("", "trials", "hits", "FPIR %", "95 %"), _class_rows),
    ("Known impostors", ("", "pairs", "95 %", "FMR at active"), _impostor_rows),
    ("Histogram (log bars)", ("from", *_STRATA, ""), _histogram_rows),
)


def facts(document: Mapping[str, Any]) -> list[str]:
    """What is in the log, one sentence each."""
    coverage, separability = document["coverage"], document["separability"]
    skipped = sum(coverage["skipped"].values())
    facts = [
        f"Scorer {named(document['scorer'])}, active threshold "
        f"{document['active_threshold']:.4f} ({document['active_threshold_origin']}).",
        f"{coverage['embedded']} of {coverage['detections']} detections embedded, {skipped} skipped; "
        f"{coverage['deer']} deer enrolled with {coverage['references']} references.",
        f"{coverage['eligible_sightings']} eligible sightings: {coverage['labelled_sightings']} labelled "
        f"({coverage['labelled_as_evidence']} of them evidence), "
        f"{coverage['unreviewed_sightings']} unreviewed.",
        f"By sighting: rank-1 {_between(separability, 'rank_1')}, rank-5 {_between(separability, 'rank_5')}, "
        f"mAP {_between(separability, 'map')}, TPIR@FPIR 5% {_between(separability, 'tpir_at_fpir5')}; AUC "
        f"{_between(separability, 'auc')}, EER {_number(separability['eer'])}; by pair: d' "
        f"{_number(separability['d_prime'], 2)}.",
        f"{separability['weighting']}",
        *_learned(separability["by_learning"]),
        *_by_photograph(document["by_photograph"]),
        _mixture(document),
        f"Hits of decoys are those at {document['decoys_by_class']['threshold']:.4f} and above.",
    ]
    if document["since"] or document["until"]:
        first, last = document["since"] or "the first", document["until"] or "the last"
        facts.insert(1, f"Photographs from {first} to before {last} alone.")
    runs = document["runs"]
    if runs:
        facts.append(f"Last run: {runs[0]['kind']}, {runs[0]['state']}, {runs[0]['started_at']}.")
    if says := document["recommendation"]["labels"]["says"]:
        facts.append(says)
    facts += document["antlers"]["says"]
    return [*facts, *(f"Gate failed: {fault}" for fault in document["gates"])]


def _learned(by_learning: Mapping[str, Any] | None) -> list[str]:
    """Learned deer and others apart, in a sentence each."""
    if by_learning is None:
        return []
    return [
        f"Deer that the scorer {word} ({figures['deer']} deer, {figures['sightings']} sightings): rank-1 "
        f"{_number(figures['rank_1'])}, rank-5 {_number(figures['rank_5'])}, mAP {_number(figures['map'])}, AUC "
        f"{_number(figures['auc'])}, TPIR@FPIR 5% {_number(figures['tpir_at_fpir5'])}."
        for word, figures in (
            ("learned from", by_learning["learned"]),
            ("did not learn from", by_learning["unseen"]),
        )
    ]


def _by_photograph(found: Mapping[str, Any] | None) -> list[str]:
    """The figure that flatters, called that."""
    if found is None:
        return []
    return [
        f"Photograph by photograph, with others of the same encounter to be found, the embedding's rank-1 would read "
        f"{_number(found['rank_1'])} ({found['photographs']} photographs): it knows the moment again, which says "
        "little of deer."
    ]


def tables(document: Mapping[str, Any]) -> list[tuple[str, Cells]]:
    """The tables with their titles."""
    return [(title, Cells(columns, rows(document))) for title, columns, rows in _TABLES]


def _verdict(document: Mapping[str, Any]) -> str:
    recommendation = document["recommendation"]
    return f"{recommendation['verdict'].replace('_', ' ')}. {recommendation['reason']}"


def as_table(document: Mapping[str, Any]) -> str:
    """For a terminal of 80 columns."""
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, highlight=False, markup=False)
    for line in facts(document):
        console.print(textwrap.fill(line, WIDTH), soft_wrap=True)
    for title, columns, rows in _TABLES:
        table = Table(box=box.ASCII, padding=0, pad_edge=False, title=title, title_justify="left")
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if name and number else "left", no_wrap=True)
        for row in rows(document):
            table.add_row(*row)
        console.print(table)
    for line in (BRACKET_NOTE, _verdict(document)):
        console.print(textwrap.fill(line, WIDTH), soft_wrap=True)
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip("\n").split("\n"))


def _markdown_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def as_markdown(document: Mapping[str, Any]) -> str:
    """A section to paste into a document."""
    lines = [f"## Performance of {named(document['scorer'])}", ""]
    lines += [f"- {fact}" for fact in facts(document)]
    for title, columns, rows in _TABLES:
        lines += ["", f"### {title}", "", *_markdown_rows(columns, rows(document))]
    return "\n".join([*lines, "", BRACKET_NOTE, "", f"**{_verdict(document)}**"])


def as_json(document: Mapping[str, Any]) -> str:
    """The document itself."""
    return json.dumps(document, indent=2, allow_nan=False)


def as_csv(document: Mapping[str, Any]) -> str:
    """The histogram: one bar of 0.05 a line, pairs by stratum."""
    from analysis.reports import frames  # pandas, which a terminal need not wait for

    return frames.as_csv(frames.histogram_frame(document["histogram"]))


FORMATS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}
