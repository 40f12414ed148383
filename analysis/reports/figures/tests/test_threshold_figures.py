"""Comparison of thresholds: the numbers that are drawn, and pictures that can be made again."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

from analysis.recommendation.assess import assess
from analysis.reports.figures.threshold_figures import (
    ASSIGNED,
    ComparedThreshold,
    Rate,
    page_comparison,
    print_comparison,
)
from analysis.reports.threshold_report import build_report, compared
from analysis.tests.herds import herd

if TYPE_CHECKING:
    from pathlib import Path

THREE = [
    ComparedThreshold("0.6000", 90, Rate(0.20, 0.10, 0.35), Rate(0.10, 0.02, 0.30)),
    ComparedThreshold("0.7000", 60, Rate(0.04, 0.01, 0.12), Rate(0.02, 0.0, 0.10), is_active=True),
    ComparedThreshold("0.9000", 0, Rate(0.0, 0.0, 0.05), None),
]


def drawn(ending: str) -> bytes:
    return print_comparison(THREE, eligible=120, title="Thresholds of herd", ending=ending)


def test_a_png_is_a_picture_with_ink_on_it() -> None:
    pixels = np.asarray(Image.open(io.BytesIO(drawn(".png"))).convert("L"))
    assert pixels.shape == (1200, 1440)
    assert 0.005 < (pixels < 128).mean() < 0.3


def test_the_same_thresholds_make_the_same_file() -> None:
    assert drawn(".svg") == drawn(".svg")
    assert drawn(".svg").lstrip().startswith(b"<?xml")


@pytest.mark.parametrize(("thresholds", "ending"), [(THREE, ".gif"), ([], ".png")])
def test_another_ending_and_nothing_to_draw_are_refused(
    thresholds: list[ComparedThreshold], ending: str
) -> None:
    with pytest.raises(ValueError, match=r"ends in|no threshold"):
        print_comparison(thresholds, eligible=1, title="", ending=ending)


def test_a_page_has_bars_and_both_rates_with_their_intervals() -> None:
    figure = page_comparison(THREE, 120)
    assert figure is not None
    bars, fpir, fdp = figure.data
    assert (bars.name, list(bars.y)) == (ASSIGNED, [90, 60, 0])
    assert list(bars.x) == ["0.6000", "0.7000 *", "0.9000"]
    assert list(fpir.y) == pytest.approx([20, 4, 0])
    assert list(fpir.error_y.array) == pytest.approx([15, 8, 5])
    assert list(fpir.error_y.arrayminus) == pytest.approx([10, 3, 0])
    assert list(fdp.y)[2] is None  # nothing is assigned that could be wrong
    assert page_comparison([], 0) is None


@pytest.mark.django_db
def test_what_is_compared_is_the_table_of_the_report() -> None:
    report = build_report(assess(herd().scorer), [7000, 4060, 6600])
    found = compared(report)
    assert [item.label for item in found] == ["0.4060", "0.6600", "0.7000"]
    assert all(one.assigned >= two.assigned for one, two in pairwise(found))
    for item, row in zip(found, sorted(report.rows, key=lambda row: row.threshold), strict=True):
        share = row.errors["fpir"]
        assert share is not None and item.fpir is not None
        assert (item.assigned, item.fpir.estimate) == (row.assigned, share.estimate)
        assert (item.fpir.low, item.fpir.high) == (share.low, share.high)


@pytest.mark.django_db
@pytest.mark.parametrize("ending", [".png", ".svg", ".html"])
def test_the_command_draws_the_comparison_in_every_format(tmp_path: Path, ending: str) -> None:
    herd()
    path = tmp_path / f"compared{ending}"
    call_command("plot_reid_scores", "--output", str(path), "--thresholds", "0.66,0.41,0.70")
    content = path.read_bytes()
    if ending == ".html":
        assert b"Thresholds compared" in content
        assert b"0.4100" in content
    else:
        plain = tmp_path / f"scores{ending}"
        call_command("plot_reid_scores", "--output", str(plain))
        assert content != plain.read_bytes()
