"""Figures for print: formats, contents, and refusals."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from analysis.reports.figures.print_figures import binned, mixture_curve, score_figure
from analysis.reports.tests.test_threshold_table import histogram
from analysis.stats.mixture import Mixture

STRATA = {
    "genuine": histogram(8000, 8300, 9000),
    "impostor": histogram(6000, 6100, 6100, 7000),
    "sex mismatch": histogram(),
    "unlabelled": histogram(5000, 7000),
}


def figure(ending: str, **changed) -> bytes:
    arguments = {
        "strata": STRATA,
        "best": histogram(8000, 9000),
        "decoys": histogram(7000),
        "title": "Scores <of> & space",
        "threshold": 8500,
        "threshold_label": "threshold 0.8500 (not approved)",
        "ending": ending,
    } | changed
    return score_figure(
        arguments.pop("strata"), arguments.pop("best"), arguments.pop("decoys"), **arguments
    )


def test_bars_hold_every_count_and_the_last_one_holds_the_end():
    bars = binned(histogram(0, 199, 200, 9999, 10_000))
    assert (len(bars), bars.sum()) == (50, 5)
    assert (bars[0], bars[1], bars[-1]) == (2, 1, 2)


def test_bars_must_fill_the_range():
    with pytest.raises(ValueError, match="do not fill"):
        binned(histogram(1), width=300)


def test_png_is_a_picture_large_enough_to_print():
    picture = Image.open(io.BytesIO(figure(".png")))
    assert picture.format == "PNG"
    assert picture.width >= 1200
    assert np.asarray(picture.convert("L")).std() > 10  # something is on the paper


def test_svg_is_well_formed_and_the_same_each_time():
    first = figure(".svg")
    assert ET.fromstring(first).tag.endswith("svg")
    assert first == figure(".svg")


def test_the_threshold_moves_the_figure():
    assert figure(".svg") != figure(".svg", threshold=7000)


def test_a_mixture_is_drawn_as_a_diagnostic():
    bells = Mixture(share=0.5, means=(0.6, 0.9), sds=(0.05, 0.05), bic_gain=20.0, ashman_d=6.0)
    assert figure(".svg", mixture=bells) != figure(".svg")
    scores, expected = mixture_curve(bells, 1000)
    # Half of 1,000 sightings in a bell of 0.05: at its top 500 * 0.3989 / 0.05 * 0.02 of a bar.
    assert expected[list(scores.round(3)).index(0.6)] == pytest.approx(79.8, abs=0.1)


@pytest.mark.parametrize("ending", [".html", ".pdf", ""])
def test_an_unknown_ending_is_refused(ending):
    with pytest.raises(ValueError, match=r"\.png, \.svg"):
        figure(ending)


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="no score"):
        figure(".png", best=histogram())
