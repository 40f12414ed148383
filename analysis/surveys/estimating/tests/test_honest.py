"""Honest figures of a survey: naive ones where nothing was wrong, fewer deer where ghosts were counted, none where errors are too many."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.surveys.audit.error_rates import Often, Once, Rates, error_rates
from analysis.surveys.estimating.document import survey_document
from analysis.surveys.estimating.estimates import Audited, SurveyEstimates, estimate
from analysis.surveys.estimating.honest import imputations
from analysis.surveys.estimating.resights import tallied
from analysis.surveys.estimating.tests.herds import herd, judged_by_name
from analysis.surveys.material import Basis

if TYPE_CHECKING:
    from analysis.population.histories import SpatialHistory
    from analysis.surveys.estimating.figures import Figure
    from analysis.surveys.material import Material

DAYS = 10
"""Of an occasion: three of them, with which Mh, which takes long, has no estimate."""
FEW_ERRORS = error_rates(Once(10, 10), Often(90, 20, 90))


def audited(material: Material, rates: Rates = FEW_ERRORS) -> SurveyEstimates:
    return estimate(material, DAYS, Audited(judged_by_name(material, DAYS), rates))


def figure(found: SurveyEstimates, estimator: str, of: str = "all") -> Figure:
    return next(item for item in found.figures if (item.estimator, item.of) == (estimator, of))


def test_without_any_error_honest_figures_are_the_naive_ones() -> None:
    found = audited(herd(unnamed=0.1))
    assert found.refused is None
    names = ("M0", "Mt", "Chao", "mark-resight", "spatial")
    for estimator in names:
        item = figure(found, estimator)
        assert item.naive is not None
        assert item.interval == pytest.approx(item.naive, rel=2e-4), estimator
        assert item.honest_n == pytest.approx(item.n, rel=2e-4), estimator


def test_ghosts_are_taken_out_of_the_number() -> None:
    """30 deer that all range over all cameras; of ten captures one has a name of its own: M0 counts them as deer, the honest number does not."""
    found = audited(herd(ghosts=0.1, sigma=5000.0, g0=0.01))
    item = figure(found, "M0")
    assert item.n is not None
    assert item.naive is not None
    assert item.naive[0] > 30
    assert item.interval is not None
    low, high = item.interval
    assert high is not None
    assert low <= 30 <= high
    assert "About" in survey_document(found, Basis.BOTH)["sentences"][0]


def test_a_capture_that_may_be_of_any_deer_goes_to_a_deer_near_by() -> None:
    """One capture in seven is a ghost's, and few were judged: given to any deer, they would make all of them seem to walk across the ranch."""
    ranging = partial(herd, 60, cameras=(9, 2), sigma=350.0, g0=0.12)
    material = ranging(ghosts=0.15)
    cut = material.cut(DAYS)
    whole, judged = tallied(material, cut), judged_by_name(material, DAYS, each=20)

    def step(spatial: SpatialHistory | None) -> float:
        """Root mean square of all steps, metres."""
        steps = [
            material.spatial(item.cut).movements()
            for item in imputations(whole, judged, material.sexes, ["all"], spatial)["all"]
        ]
        return float(np.sqrt(np.mean(np.concatenate(steps) ** 2)))

    with_true_names = material.spatial(ranging().cut(DAYS)).movements()
    true = float(np.sqrt(np.mean(with_true_names**2)))
    assert step(None) > 2 * true
    assert step(material.spatial(cut)) == pytest.approx(true, rel=0.1)


def test_without_places_of_the_cameras_the_honest_number_is_there_all_the_same() -> None:
    material = herd(ghosts=0.1, sigma=5000.0, g0=0.01)
    nowhere = [replace(camera, place=None) for camera in material.cameras]
    assert figure(audited(replace(material, cameras=nowhere)), "M0").honest_n is not None


def test_ratios_rest_on_no_names_and_are_honest_without_an_audit() -> None:
    found = estimate(herd(), DAYS)
    item = figure(found, "bucks per doe")
    assert item.interval == item.naive
    assert figure(found, "Jacobson").interval is None
    assert figure(found, "M0").interval is None


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        (error_rates(Once(20, 5, 15), Often(80, 20, 75, 5)), "21% of the matches are missed"),
        (error_rates(Once(10, 10), Often(0, 0)), "no deer with two captures"),
        (error_rates(Once(50, 1), Often(50, 20, 1)), "Judge more captures"),
    ],
)
def test_more_errors_than_the_estimators_bear_give_no_number(rates: Rates, sentence: str) -> None:
    found = audited(herd(), rates)
    assert found.refused is not None
    assert sentence in found.refused
    assert figure(found, "M0").interval is None
    assert survey_document(found, Basis.BOTH)["sentences"][0] == found.refused


def test_captures_without_a_recapture_give_no_number() -> None:
    material = herd()
    first = {item.deer: item for item in reversed(material.captures)}
    once = replace(material, captures=list(first.values()))
    for found in (audited(once), estimate(once, DAYS)):  # whoever checks names first learns nothing
        assert found.refused is not None
        assert "no deer was captured on a second occasion" in found.refused


def test_a_survey_without_a_capture_asks_for_names_and_not_for_their_check() -> None:
    nobody = replace(herd(), captures=[], sexes={})
    assert (found := estimate(nobody, DAYS).refused) is not None
    assert "no deer with a name" in found


def test_the_errors_measured_stand_in_the_document() -> None:
    document = survey_document(audited(herd()), Basis.BOTH, habitat_km2=8.0)
    assert document["identification"]["judged"] == 100
    assert document["identification"]["missed_matches"]["rate"] == 0.0
    assert document["accumulation"][-1]["deer"] == document["deer"]
    assert document["accumulation"][-1]["camera_days"] == document["camera_days"]
    assert any(
        "8 square kilometres (1,977 acres) of habitat" in item for item in document["sentences"]
    )


def test_a_low_density_is_no_zero() -> None:
    """A deer on 25 square kilometres."""
    found = audited(herd())
    low = [
        replace(item, honest_n=0.04, interval=(0.02, 0.07))
        if item.estimator == "spatial" and item.of == "all"
        else item
        for item in found.figures
    ]
    sentences = survey_document(replace(found, figures=low), Basis.BOTH)["sentences"]
    (said,) = [item for item in sentences if "per square kilometre" in item]
    assert "About 0.04 deer per square kilometre: between 0.02 and 0.07" in said


def test_a_number_says_at_once_that_most_sightings_have_no_name() -> None:
    """Of deer that were never named, or of named ones that were not recognised: nobody can know which, so both are said."""
    material = herd(unnamed=0.6)
    animals = [item for items in material.classes.values() for item in items]
    unnamed = sum(item.unnamed for item in animals)
    caveat = f"with names only: {unnamed} of {len(animals)} sightings have no name."
    number, name_first, *_ = survey_document(audited(material), Basis.BOTH)["sentences"]
    assert number.startswith("About")
    assert caveat in number
    assert "the same deer" in name_first
    assert "see the row With unnamed deer" in name_first
    refused, said, again, *_ = survey_document(estimate(material, DAYS), Basis.BOTH)["sentences"]
    assert refused.startswith("No number of deer")
    assert caveat in said
    assert again == name_first
    assert "no name" not in " ".join(
        survey_document(audited(herd(unnamed=0.1)), Basis.BOTH)["sentences"]
    )


def test_captures_are_counted_as_the_audit_counts_them_and_as_histories_have_them() -> None:
    document = survey_document(estimate(material := herd(), DAYS), Basis.BOTH)
    judged = {
        (item.deer, (item.day - material.start).days // DAYS) for item in material.counted(DAYS)
    }
    assert document["captures"] == len(judged)
    assert document["captures"] == sum(len(one["captures"]) for one in document["histories"])


def test_camera_days_after_the_last_whole_occasion_are_no_effort_of_the_number() -> None:
    """12 cameras for 30 days: 3 occasions of 8 days are 288 camera-days, and 72 are left; 3 of 10 leave none."""

    def rests(days: int) -> str:
        said: list[str] = survey_document(estimate(herd(), days), Basis.BOTH)["sentences"]
        return next(item for item in said if item.startswith("It rests on"))

    assert "; 288 camera-days, with" in rests(8)
    assert rests(8).endswith(
        "72 more after the last whole occasion count for ratios and Jacobson's survey alone."
    )
    assert "; 360 camera-days, with" in rests(DAYS)
    assert "last whole occasion" not in rests(DAYS)
