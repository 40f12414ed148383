"""The HTML report: self-contained, complete, and escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from analysis.recommendation.assess import assess
from analysis.reports import html
from analysis.reports.html import curves_of, html_report
from analysis.reports.plot_library import TRACES
from analysis.reports.threshold_report import build_report
from analysis.stats.mixture import DIAGNOSTIC_NOTE
from analysis.tests.herds import Herd, herd
from reid.models import AuditItem, Detection, Scorer
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """What a browser would fetch, and the words that it would show."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.policy = ""
        self.drawn = ""
        self._inside = ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self._inside = tag
        self.fetched += [
            attributes[name] for name in ("src", "href", "data") if attributes.get(name)
        ]
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]

    def handle_data(self, data):
        if self._inside not in ("script", "style"):
            self.words.append(data)
        elif "Plotly.newPlot" in data and len(data) < 1_000_000:  # a figure, not the library
            self.drawn += data

    def handle_endtag(self, tag):
        self._inside = ""


def page_of(stored: Herd) -> Page:
    assessment = assess(stored.scorer)
    page = Page()
    page.feed(html_report(assessment, build_report(assessment, [6600, 4060])))
    return page


@pytest.fixture
def page() -> Page:
    stored = herd()
    Scorer.objects.update(name="<b>herd</b>")
    stored.scorer.refresh_from_db()
    return page_of(stored)


def test_the_small_library_draws_every_figure(monkeypatch):
    drawn: list[str] = []
    fragment = html._fragment

    def spy(figure, name):
        drawn.extend(trace.type for trace in figure.data)
        return fragment(figure, name)

    monkeypatch.setattr(html, "_fragment", spy)
    stored = herd()
    assessment = assess(stored.scorer)
    text = html_report(assessment, build_report(assessment, [6600, 4060]))
    assert set(drawn) == TRACES
    assert len(text) < 1_600_000


def test_the_page_fetches_nothing_and_may_not(page):
    assert page.fetched == ["data:,"]
    assert page.policy.startswith("default-src 'none';")
    assert "http" not in page.policy


def test_every_picture_and_table_is_there(page):
    words = [word.strip() for word in page.words]
    for title in (
        "Scores of compared pairs",
        "Sightings by their best score",
        "Strangers and wrong assignments",
        "Assignment rate",
        "What if",
        "Decoys by class",
        "Thresholds compared",
        "Evidence",
        "Caveats",
    ):
        assert title in words
    assert "doe" in words
    assert (
        page.drawn.count("Plotly.newPlot") == 5
    )  # no labelled deer is compared with itself: no DET
    assert DIAGNOSTIC_NOTE in page.drawn


def test_the_page_says_what_the_table_says(page):
    text = re.sub(r"\s+", " ", " ".join(page.words))
    assert "AUDIT NEEDED" in text
    assert "0.6600" in text
    assert "rests on 62 labelled sightings of 62 deer" in text
    assert "No audit speaks of this store" in text


def test_names_are_text_and_never_markup(page):
    assert "Thresholds of <b>herd</b>" in page.words


def test_the_curves_end_where_nothing_is_assigned():
    curves = curves_of(assess(herd().scorer))
    rates = curves.assignment_rate
    # 180 sightings and two references; the threshold above the highest score assigns nobody
    assert rates[0] == 1.0
    assert rates[-1] == 0.0
    assert (np.diff(rates) <= 0).all()
    assert curves.fpir is not None
    assert curves.fpir_upper is not None
    assert (curves.fpir <= curves.fpir_upper).all()
    assert curves.fdp_forecast is not None
    assert np.isnan(curves.fdp_forecast[-1])
    assert curves.det is None  # no labelled deer is compared with itself


def test_what_has_been_audited_and_a_deer_seen_twice_are_drawn_too():
    stored = herd()
    stored.log(stored.photograph([stored.ada]), [(9000, 1000)])  # ada again: a genuine comparison
    call_command("audit_threshold", "plan", stdout=StringIO())
    AuditItem.objects.filter(is_planted=False).update(outcome="right", reviewer=reviewer())
    page = page_of(stored)
    assert page.drawn.count("Plotly.newPlot") == 6
    assert "Detection error tradeoff" in [word.strip() for word in page.words]
    assert "FDP at most, by the audit" in page.drawn


def test_where_no_label_is_evidence_no_error_rate_is_drawn():
    stored = herd()
    Detection.objects.filter(deer__isnull=False).update(identity_source="reviewed")  # by score
    page = page_of(stored)
    words = [word.strip() for word in page.words]
    assert "Strangers and wrong assignments" not in words
    assert "Detection error tradeoff" not in words
    assert page.drawn.count("Plotly.newPlot") == 4
    assert "RECOMMEND BATCH" in " ".join(words)
