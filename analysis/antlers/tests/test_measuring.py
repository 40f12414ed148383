"""Stores of bucks with two antler years, measured: where other years' references harm, help, and make no difference."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from analysis.antlers.arms import Probes, of_embedding, of_pattern
from analysis.antlers.measuring import measure, two_year_bucks
from analysis.antlers.report import (
    LEAVE,
    SWITCH_OFF,
    SWITCH_ON,
    antlers_document,
    hint,
    sentences,
)
from analysis.antlers.seasons import MIN_BUCKS
from analysis.score_log.ranking import Ranking
from analysis.score_log.sighting_log import read_log
from analysis.tests.antlered import Antlers, antlered, log_all
from reid.identifying.stale_scores import mark_outdated
from reid.matching.similarity import Reference
from reid.models import Deer, Detection, Image, Scorer
from reid.patterns import background
from reid.patterns.backgrounds import draw_background
from reid.patterns.card import MatcherCard
from reid.patterns.extract import extract_missing
from reid.patterns.tests.stores import with_torso
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.django_db
OLD, NEW = 202404, 202504


def verdict(scorer: Scorer) -> str:
    ((of, comparison),) = measure(scorer).by_scorer
    assert of == scorer
    assert comparison is not None
    return comparison.verdict.value


def test_the_four_arms_of_one_sighting_by_hand() -> None:
    """Of deer a (east now, north before) and b (north before alone), and a doe without antlers."""
    east, north = make.unit(1, 0), make.unit(0, 1)
    references = [
        Reference("r1", "a", "e1", east, "unknown", NEW),
        Reference("r2", "a", "e2", north, "unknown", OLD),
        Reference("r3", "b", "e3", north, "unknown", OLD),
        Reference("r4", "doe", "e4", east, "unknown", 0),
    ]
    probes = Probes(["p"], ["x"], ["unknown"], ["buck"], np.array([NEW]))  # type: ignore[list-item]
    found = of_embedding(probes, make.unit(0.6, 0.8)[None], references, "max", ["a", "b", "doe"])
    assert found.every.tolist() == [[8000, 8000, 6000]]
    assert found.same.tolist() == [[6000, 8000, 6000]]  # b has no others
    assert found.own_year.tolist() == [[6000, -1, -1]]
    assert found.other_years.tolist() == [[8000, -1, -1]]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Antlers.BORROWED, "HARM"),
        (Antlers.UNSEEN, "HELP"),
        (Antlers.SPARE, "NO_DIFFERENCE"),
    ],
)
def test_what_other_years_are_worth_is_found(kind, expected) -> None:
    scorer, _ = antlered(kind)
    assert verdict(scorer) == expected


def test_the_setting_in_force_changes_no_figure_and_some_advice(settings) -> None:
    scorer, _ = antlered(Antlers.BORROWED)
    settings.REID_ANTLER_SEASONS = "all"
    counted = antlers_document(measure(scorer))
    assert counted["says"][-1] == SWITCH_ON
    settings.REID_ANTLER_SEASONS = "same"
    left_out = antlers_document(measure(scorer))
    assert left_out["by_scorer"] == counted["by_scorer"]
    assert left_out["says"][-1] == LEAVE.format(rule="same from month 4")


def test_a_switch_that_costs_is_said_to_be_off_better(settings) -> None:
    scorer, _ = antlered(Antlers.UNSEEN)
    assert sentences(measure(scorer))[-1] == LEAVE.format(rule="all")
    settings.REID_ANTLER_SEASONS = "same"
    assert sentences(measure(scorer))[-1] == SWITCH_OFF


def test_the_switch_does_to_the_log_what_was_measured(settings) -> None:
    scorer, _ = antlered(Antlers.BORROWED)

    def figures() -> tuple[float, int]:
        log_all(scorer)
        trials = read_log(scorer).trials
        return Ranking(trials).rank_k(1, np.ones(len(trials), np.int64)), len(trials)

    counted, sightings = figures()
    settings.REID_ANTLER_SEASONS = "same"
    assert mark_outdated(scorer) == sightings  # each was compared with a buck
    left_out, _ = figures()
    ((_, measured),) = measure(scorer).by_scorer
    assert measured is not None
    assert measured.figures.parent["rank1"].estimate == left_out == 1.0
    assert measured.figures.derived["rank1"].estimate == pytest.approx(counted)
    assert counted < 0.5


def test_too_few_bucks_are_counted_and_nothing_is_said_of_them() -> None:
    scorer, _ = antlered(Antlers.BORROWED, bucks=MIN_BUCKS - 1)
    found = measure(scorer)
    assert (found.by_scorer, found.coverage.tried) == ((), 9)
    (says,) = sentences(found)
    assert "known of 9 bucks; it takes 10" in says
    assert antlers_document(found)["measured"] is False


def test_photographs_without_a_time_and_does_are_not_tried() -> None:
    scorer, deer = antlered(Antlers.SPARE)
    assert two_year_bucks(scorer) == 12
    Image.objects.filter(detections__deer=deer[0]).update(captured_at=None)
    Detection.objects.filter(deer=deer[1]).update(classification="doe")
    Deer.objects.filter(pk=deer[1].pk).update(sex="doe")
    assert two_year_bucks(scorer) == 10
    assert measure(scorer).coverage.tried == 10


def test_sightings_of_a_year_without_a_reference_are_counted() -> None:
    scorer, deer = antlered(Antlers.SPARE)
    this_year = Detection.objects.filter(deer=deer[0], image__captured_at__year=2025)
    this_year.update(is_reference=False)
    coverage = measure(scorer).coverage
    assert (coverage.only_other, coverage.tried) == (5, 11)  # three, and two that were references
    assert "5 labelled sightings are of a buck" in " ".join(sentences(measure(scorer)))


def test_without_a_measurement_the_report_says_what_could_be_measured() -> None:
    assert hint(0)["says"] == []
    assert hint(1)["says"][0].startswith("Antler years: 1 buck has references of two or more.")


@pytest.mark.usefixtures("media_root")
def test_patterns_are_counted_by_year_as_embeddings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe bears the spots that the buck's reference of the year before has; the one of its own year has others."""
    monkeypatch.setattr(background, "FEWEST", 3)
    buck = make.deer(sex="buck")
    before = make.image(captured_at=datetime(2024, 10, 1, tzinfo=UTC))
    old = with_torso(1, deer=buck, flank="left", is_reference=True, image=before)
    new = with_torso(2, deer=buck, flank="left", is_reference=True)
    for seed in range(10, 16):
        with_torso(seed, flank="left")
    probe, bare = with_torso(1, flank="left"), make.detection(flank="left")
    extract_missing()
    card = MatcherCard(rank=2)
    matcher = Scorer.objects.create(
        kind="pattern", name="patterns", fingerprint="p" * 64,
        specification={"card": card.to_json(), "background": draw_background().fingerprint},
    )  # fmt: skip
    assert probe.sighting is not None
    assert bare.sighting is not None
    probes = Probes(
        ids=[probe.pk, bare.pk],
        encounters=[probe.sighting.encounter_id, bare.sighting.encounter_id],
        flanks=["left", "left"],
        classes=["buck", "buck"],
        seasons=np.array([NEW, NEW]),
    )
    steps: list[tuple[int, int]] = []
    found = of_pattern(
        probes, matcher, {old.pk: OLD, new.pk: NEW}, [buck.pk], lambda *at: steps.append(at)
    )
    assert found.other_years[0, 0] > 9000
    assert found.own_year[0, 0] < 5000
    assert found.same[0, 0] == found.own_year[0, 0]
    assert found.own_year[0, 0] < found.every[0, 0] <= found.other_years[0, 0]
    assert {int(arm[1, 0]) for arm in (found.every, found.same, found.own_year)} == {-1}
    assert steps == [(1, 2), (2, 2)]


def said(*options: str) -> str:
    out = io.StringIO()
    call_command("analyze_reid_performance", *options, stdout=out, verbosity=0)
    return out.getvalue()


def in_a_line(text: str) -> str:
    return " ".join(text.split())


def test_the_command_measures_when_asked_to_and_else_says_that_it_could() -> None:
    scorer, _ = antlered(Antlers.BORROWED)
    log_all(scorer)
    assert "12 bucks have references of two or more" in in_a_line(said())
    assert SWITCH_ON in in_a_line(said("--antlers"))
    document = json.loads(said("--antlers", "--format", "json"))["antlers"]
    (measured,) = document["by_scorer"]
    assert (measured["verdict"], measured["deer"]) == ("HARM", 12)
    assert measured["without_other_years"]["rank1"] == 1.0
    page = said("--antlers", "--format", "html")
    assert "<h2>Antler years</h2>" in page
    assert "References of other antler years harm" in page


@pytest.mark.parametrize("options", [("--labels",), ("--format", "csv")])
def test_the_command_does_not_leave_out_what_was_asked_for(options: Iterable[str]) -> None:
    with pytest.raises(CommandError, match="--antlers is a section of"):
        said("--antlers", *options)
