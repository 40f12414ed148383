"""Figures of one store, wherever they are printed: the same scores give the same figure."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from analysis.antlers.report import hint
from analysis.evaluation.comparison import judge
from analysis.evaluation.document import document as judgement_document
from analysis.evaluation.fold_trials import Examined, trials
from analysis.evaluation.formats import as_table
from analysis.recommendation.assess import assess
from analysis.recommendation.document import recommendation_document
from analysis.reports.html import curves_of
from analysis.reports.performance import performance_document
from analysis.reports.performance_formats import FORMATS
from analysis.reports.separability import by_photograph
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.ranking import DEFINITIONS, FIGURES, WEIGHTING, Ranking
from analysis.score_log.sighting_log import read_log
from analysis.tests.herds import Herd, herd
from reid.embedding.identities import IDENTITIES, identity
from reid.models import Embedding

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def stored(db: None) -> Herd:
    """Ada is seen four times and found once; bea twice, found twice."""
    made = herd()
    made.log(
        made.photograph([made.ada] * 4), [(9000, 1000), (5000, 6000), (5100, 6000), (700, 900)]
    )
    made.log(made.photograph([made.bea] * 2), [(3000, 8000), (2000, 8100)])
    return made


def test_every_report_of_a_store_has_the_same_figures(stored: Herd) -> None:
    assessment = assess(stored.scorer)
    ranking = Ranking(assessment.log.trials)
    values = dict(zip(FIGURES, ranking.figures(ranking.once).tolist(), strict=True))
    assert values["rank1"] == pytest.approx(3 / 6)  # each sighting once
    performance = performance_document(assessment, hint(0))["separability"]
    for name, called in (("rank1", "rank_1"), ("rank5", "rank_5"), ("map", "map"), ("auc", "auc")):
        assert performance[called] == pytest.approx(values[name])
    assert performance["tpir_at_fpir5"] == pytest.approx(values["tpir_at_fpir5"])
    out = StringIO()
    call_command("test_reid_thresholds", "--thresholds", "0.406", "--format", "json", stdout=out)
    (row,) = json.loads(out.getvalue())["thresholds"]
    rates = ErrorRates(assessment.log.trials)
    for name in ("fpir", "fnir", "misid", "fdp", "fmr", "fnmr"):
        assert row[name] == pytest.approx(getattr(rates, name)(4060).estimate)
    gate = assessment.recommendation.situation.gate
    assert gate.estimate(4060) == pytest.approx(row["fpir"])
    curves = curves_of(assessment)
    assert curves.fpir is not None
    at = int(curves.thresholds[30])
    assert curves.fpir[30] == pytest.approx(rates.fpir(at).estimate)
    review = recommendation_document(assessment)["ranked_review"]
    assert review["hit_rate"] == pytest.approx(rates.rank_k(review["k"]).estimate)


def test_the_judgement_of_a_training_has_the_figures_of_its_trials() -> None:
    generator = np.random.default_rng(5)
    deer = np.repeat(np.arange(12), [2, 2, 2, 3, 3, 4, 4, 5, 6, 8, 12, 15])
    rows = generator.normal(size=(len(deer), 8)) + 2 * generator.normal(size=(12, 8))[deer]
    units = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    everyone = np.arange(len(deer))
    fold = Examined(
        parent=units, derived=units, deer=deer, sightings=everyone, encounters=everyone,
        flanks=np.full(len(deer), "left"), unseen=np.ones(len(deer), bool),
    )  # fmt: skip
    found = judgement_document(judge([fold], "max", seed=1, draws=20))
    own, _ = trials(fold, "max", fold.unseen, fold.unseen)
    rates = ErrorRates(own)
    assert found["parent"]["rank1"] == pytest.approx(rates.rank_k(1).estimate, abs=1e-6)
    assert found["parent"]["rank5"] == pytest.approx(rates.rank_k(5).estimate, abs=1e-6)
    assert found["parent"]["auc"] == pytest.approx(rates.auc(), abs=1e-6)
    assert found["parent"]["eer"] == pytest.approx(rates.equal_error_rate(), abs=1e-6)
    assert WEIGHTING in " ".join(as_table(found).split())


def test_reports_say_how_figures_are_weighted(stored: Herd) -> None:
    said = " ".join(FORMATS["table"](performance_document(assess(stored.scorer), hint(0))).split())
    assert WEIGHTING in said
    out = StringIO()
    call_command("test_reid_thresholds", stdout=out)
    assert WEIGHTING in " ".join(out.getvalue().split())


def test_the_glossary_has_every_definition() -> None:
    text = (DOCS / "reid-optimization-analysis.md").read_text()
    for name, item in DEFINITIONS.items():
        assert f"| {item.label} | `{name}` | {item.what} | {item.weighting} |" in text


def test_learned_deer_are_shown_apart(stored: Herd) -> None:
    space = stored.scorer.vectors
    space.specification = {"model": {}, IDENTITIES: [identity(stored.bea.pk)]}
    space.save()
    document = performance_document(assess(stored.scorer), hint(0))
    apart = document["separability"]["by_learning"]
    assert (apart["learned"]["sightings"], apart["learned"]["rank_1"]) == (2, 1.0)
    assert (apart["unseen"]["sightings"], apart["unseen"]["rank_1"]) == (4, 0.25)
    said = " ".join(FORMATS["table"](document).split())
    assert "Deer that the scorer learned from (1 deer, 2 sightings): rank-1 1.000" in said
    assert "Deer that the scorer did not learn from (1 deer, 4 sightings): rank-1 0.250" in said


def test_a_ranking_by_photograph_finds_the_moment_again(stored: Herd) -> None:
    """Two photographs of one encounter of ada and of bea each, alike within it; by encounter both are most like bea."""
    shown = stored.photograph([stored.ada, stored.bea, stored.ada, stored.bea])
    for number, vector in enumerate([[1, 0, 0, 0], [0, 1, 0, 0]] * 2):
        of_one = Embedding.objects.filter(detection=shown[number])
        of_one.update(vector=np.array(vector, np.float32))
        shown[number].sighting = shown[number % 2].sighting
        shown[number].save()
    stored.log(shown, [(1000, 2000)] * 4)
    Embedding.objects.exclude(detection__in=shown).delete()
    log = read_log(stored.scorer)
    assert by_photograph(log, stored.scorer.vectors) == {"photographs": 4, "rank_1": 1.0}
    assert ErrorRates(log.trials).rank_k(1).estimate == 0.5
