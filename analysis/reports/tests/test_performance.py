"""The performance document and its formats, figures worked by hand."""

from __future__ import annotations

import csv
import io
import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from analysis.antlers.report import hint
from analysis.recommendation.assess import assess
from analysis.reports.performance import performance_document
from analysis.reports.performance_formats import BRACKET_NOTE, FORMATS
from analysis.reports.threshold_formats import WIDTH
from analysis.score_log.facts import CapturePeriod
from analysis.score_log.session import NOTHING_LOGGED
from analysis.stats.mixture import DIAGNOSTIC_NOTE
from analysis.tests.herds import Herd, herd
from reid.models import Deer, Detection, Image, SimilarityScore
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored() -> Herd:
    """With three more sightings of ada: twice she is ranked first, once second."""
    made = herd()
    made.log(made.photograph([made.ada] * 3), [(9000, 1000), (8000, 1000), (700, 900)])
    return made


def document(stored: Herd):
    return performance_document(assess(stored.scorer), hint(0))


def test_coverage_counts_sightings_and_deer(stored):
    coverage = document(stored)["coverage"]
    assert coverage == {
        "detections": 185,
        "embedded": 185,
        "skipped": {},
        "deer": 2,
        "references": 2,
        "eligible_sightings": 185,
        "labelled_sightings": 65,
        "labelled_as_evidence": 65,
        "unreviewed_sightings": 120,
    }


def test_distributions_are_those_of_the_log(stored):
    distribution = document(stored)["distribution"]
    assert (distribution["genuine"]["count"], distribution["genuine"]["median"]) == (3, 0.8)
    assert distribution["sex mismatch"] is None
    assert distribution["unlabelled"]["count"] == 240
    total = sum(item["count"] for item in distribution.values() if item)
    assert total == SimilarityScore.objects.count()


def test_separability_by_hand(stored):
    separability = document(stored)["separability"]
    assert separability["rank_1"] == pytest.approx(2 / 3)
    # Impostors: strangers against ada (60 above 0.07 and below 0.8) and bea (60 at 0.1), the references
    # (2 at 0.1), the three (0.1, 0.1, 0.09). The third genuine score is below them all, the others above.
    assert separability["auc"] == pytest.approx(2 / 3)
    assert separability["auc_low"] <= separability["auc"] <= separability["auc_high"]


def test_known_impostors_are_named(stored):
    Deer.objects.filter(pk=stored.bea.pk).update(sex="buck")
    impostors = document(stored)["known_impostors"]
    assert set(impostors) == {"same frame", "sex contradiction", "dead or unborn"}
    assert impostors["dead or unborn"] == {"pairs": 0, "q95": None, "fmr_at_active": None}
    assert impostors["sex contradiction"]["pairs"] == 184  # every sighting but bea's own is a doe's
    assert impostors["sex contradiction"]["fmr_at_active"] == 0.0


def test_the_histogram_holds_every_pair_once(stored):
    bars = document(stored)["histogram"]
    names = ("genuine", "impostor", "sex mismatch", "unlabelled")
    assert sum(bar[name] for bar in bars for name in names) == SimilarityScore.objects.count()
    assert (bars[0]["from"], bars[-1]["to"]) == (0.05, 0.95)


def test_decoys_by_class_say_which_class_drives_fpir(stored):
    """Strangers score up to 0.4059 for ada; the first gate ends at 0.4060. Ada's third is at 0.09 for bea."""
    fawns = Detection.objects.filter(deer__name__in=["stranger 58", "stranger 59"])
    fawns.update(classification="fawn")
    decoys = document(stored)["decoys_by_class"]
    gate = assess(stored.scorer).recommendation.situation.gate.threshold
    assert gate is not None
    assert decoys["threshold"] == gate / 10_000
    assert set(decoys["classes"]) == {"doe", "fawn"}
    assert decoys["classes"]["fawn"] == {"trials": 2, "hits": 0, "fpir": 0.0, "q95": 0.4059}


def test_a_mixture_is_a_diagnostic_or_says_why_there_is_none(stored):
    """Sixty strangers about 0.403 and 120 sightings of 0.60 to 0.72 are two bells."""
    bells = document(stored)["mixture"]
    assert (bells["note"], bells["fits"]) == (DIAGNOSTIC_NOTE, True)
    assert bells["means"][1] == pytest.approx(0.66, abs=0.01)
    SimilarityScore.objects.filter(score__gte=5000).delete()
    none = document(stored)["mixture"]
    assert (none["fits"], none["note"]) == (False, DIAGNOSTIC_NOTE)
    for fact, words in ((bells, "bells at 0.4"), (none, none["why_not"])):
        text = FORMATS["table"](document(stored) | {"mixture": fact})
        assert f"Mixture ({DIAGNOSTIC_NOTE})" in " ".join(text.split())
        assert words in " ".join(text.split())


def test_a_period_narrows_what_is_said_of_photographs(stored):
    """Everything of the herd was photographed at noon of one day; then ten sightings a day later."""
    late = stored.photograph([None] * 10)
    stored.log(late, [(6500, 1000)] * 10)
    Image.objects.filter(detections__in=late).update(captured_at=make.later(days=1))
    period = CapturePeriod(since=make.later(hours=12))
    assessment = assess(stored.scorer)
    narrowed = performance_document(assessment, hint(0), period)
    assert narrowed["coverage"]["detections"] == 10
    assert narrowed["coverage"]["eligible_sightings"] == 10
    assert sum(bar["unlabelled"] for bar in narrowed["histogram"]) == 20
    assert narrowed["since"] == make.later(hours=12).isoformat()
    whole = performance_document(assessment, hint(0))
    assert whole["coverage"]["detections"] == 195
    assert narrowed["recommendation"] == whole["recommendation"]
    assert "Photographs from 2025-10-02" in FORMATS["table"](narrowed)


@pytest.mark.parametrize("command", ["analyze_reid_performance", "test_reid_thresholds"])
def test_a_period_without_photographs_has_nothing_to_say(stored, command):
    with pytest.raises(CommandError, match=NOTHING_LOGGED):
        call_command(command, "--since", "2030-01-01", stdout=StringIO())


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_texts_are_ascii_and_say_what_the_bracket_is(stored, name):
    text = FORMATS[name](document(stored))
    assert text.isascii()
    assert BRACKET_NOTE in " ".join(text.split())
    assert "AUDIT NEEDED" in text


def test_the_table_fits_eighty_columns(stored):
    assert max(map(len, FORMATS["table"](document(stored)).splitlines())) <= WIDTH


def test_csv_is_the_histogram(stored):
    whole = document(stored)
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](whole))))
    assert [float(row["from"]) for row in rows] == [bar["from"] for bar in whole["histogram"]]


def test_the_command_says_the_document(stored):
    out = StringIO()
    call_command("analyze_reid_performance", "--format", "json", stdout=out)
    written = json.loads(out.getvalue())
    assert written["recommendation"]["verdict"] == "AUDIT_NEEDED"
    assert written["runs"][0]["kind"] == "identify"


@pytest.mark.parametrize("command", ["analyze_reid_performance", "test_reid_thresholds"])
def test_the_page_goes_to_a_file(stored, tmp_path, command):
    target = tmp_path / "report.html"
    call_command(command, "--format", "html", "--output", str(target), stdout=StringIO())
    text = target.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "AUDIT NEEDED" in text


def page_of(tmp_path: Path, command: str, *options: str) -> str:
    target = tmp_path / "page.html"
    call_command(command, *options, "--output", str(target), stdout=StringIO())
    return target.read_text(encoding="utf-8")


def test_each_command_s_page_has_its_own_figures_and_tables(stored, tmp_path):
    performance = page_of(tmp_path, "analyze_reid_performance", "--format", "html")
    thresholds = page_of(tmp_path, "test_reid_thresholds", "--format", "html")
    scores = page_of(tmp_path, "plot_reid_scores")
    compared = page_of(tmp_path, "plot_reid_scores", "--thresholds")
    own = {
        "<h2>Compared pairs</h2>": [True, False, False, False],
        "<h2>Known impostors</h2>": [True, False, False, False],
        "<h2>What if</h2>": [False, True, False, True],
        "<h2>Evidence</h2>": [False, True, False, False],
        "Scores of compared pairs": [True, True, True, False],
        "Detection error tradeoff": [True, True, False, False],
        "Thresholds compared": [False, True, False, True],
    }
    for words, expected in own.items():
        found = [words in page for page in (performance, thresholds, scores, compared)]
        assert found == expected, words
