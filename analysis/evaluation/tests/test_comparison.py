"""The judgement of a derived embedding: on the same probes, by fold, by flank, with its verdict."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.evaluation import comparison
from analysis.evaluation.comparison import ComparisonVerdict, judge
from analysis.evaluation.document import document
from analysis.evaluation.fold_trials import Examined, detection_scores
from analysis.evaluation.formats import WIDTH, as_html, as_json, as_table
from analysis.evaluation.paired_figures import EmbeddingComparison, Estimate
from analysis.score_log.ranking import FIGURES


def rows(deer: np.ndarray, signal: float, seed: int) -> np.ndarray:
    """Unit rows in which a deer's own direction weighs `signal` against noise of length 1."""
    own = np.random.default_rng(77).normal(size=(200, 24))
    noise = np.random.default_rng(seed).normal(size=(len(deer), 24))
    mixed = signal * own[deer] + noise
    units: np.ndarray = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return units


def fold(
    number: int, parent: float, derived: float, deer: int = 12, sightings: int = 5
) -> Examined:
    """Each sighting shows both flanks; `parent` and `derived` are how much of a deer the embeddings see."""
    codes = np.repeat(np.arange(deer), 2 * sightings) + 50 * number
    of_sighting = np.repeat(np.arange(deer * sightings), 2)
    return Examined(
        parent=rows(codes, parent, 2 * number),
        derived=rows(codes, derived, 2 * number + 1),
        deer=codes,
        sightings=of_sighting,
        encounters=of_sighting,
        flanks=np.tile(["left", "right"], deer * sightings),
        unseen=np.ones(len(codes), bool),
    )


def judged(parent: float, derived: float, **options: int) -> comparison.Judgement:
    folds = [fold(number, parent, derived, **options) for number in range(2)]
    return judge(folds, "centroid", seed=0, draws=60)


def test_an_embedding_that_sees_more_of_a_deer_is_better() -> None:
    judgement = judged(0.2, 1.0)
    assert judgement.verdict is ComparisonVerdict.BETTER
    assert judgement.overall is not None
    assert (judgement.overall.sightings, judgement.overall.deer) == (120, 24)
    gain = judgement.overall.difference["rank1"]
    before, after = judgement.overall.parent["rank1"], judgement.overall.derived["rank1"]
    assert gain.estimate == pytest.approx(after.estimate - before.estimate)
    assert gain.low is not None
    assert 0 < gain.low < gain.estimate
    assert set(judgement.by_flank) == {"left", "right", "across"}
    assert len(judgement.folds) == 2


def test_a_second_deal_counts_no_sighting_twice() -> None:
    folds = [fold(number, 0.2, 1.0) for number in range(2)]
    again = [replace(item, deal=1) for item in folds]
    once, twice = (judge(items, "centroid", seed=0, draws=60) for items in (folds, folds + again))
    assert once.overall is not None
    # The same folds again: the same figures, and no more certain of them for having been looked at twice.
    assert twice.overall == once.overall
    assert [(row["deal"], row["fold"]) for row in twice.folds] == [(1, 1), (1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    ("certain", "verdict"),
    [("map", ComparisonVerdict.BETTER), ("rank1", ComparisonVerdict.NOT_BETTER)],
)
def test_the_verdict_rests_on_map(certain: str, verdict: ComparisonVerdict) -> None:
    """Only one figure's gain, of 2 points, is certain; every other one may be chance."""
    maybe, sure = Estimate(0.02, -0.01, 0.05), Estimate(0.02, 0.01, 0.03)
    gains = dict.fromkeys(FIGURES, maybe) | {certain: sure}
    nothing = dict.fromkeys(FIGURES, Estimate(0.5, 0.4, 0.6))
    found, reason = comparison._verdict(EmbeddingComparison(100, 20, nothing, nothing, gains))
    assert found is verdict
    assert "mAP" in reason
    assert "+2.0 points" in reason


def test_rank_1_is_shown_by_how_many_sightings_a_deer_has() -> None:
    """Six deer in 3 sightings, six in 6, six in 10: of each, all are looked for among all, and counted apart."""
    sizes = [3] * 6 + [6] * 6 + [10] * 6
    codes = np.repeat(np.arange(18), sizes)
    item = Examined(
        parent=rows(codes, 0.5, 0),
        derived=rows(codes, 0.5, 1),
        deer=codes,
        sightings=np.arange(len(codes)),
        encounters=np.arange(len(codes)),
        flanks=np.full(len(codes), "left"),
        unseen=np.ones(len(codes), bool),
    )
    judgement = judge([item], "centroid", seed=0, draws=40)
    assert judgement.overall is not None
    parts = judgement.by_references
    assert {name: (part.sightings, part.deer) for name, part in parts.items()} == {
        "2-4": (18, 6),
        "5-8": (36, 6),
        "9+": (60, 6),
    }
    whole = sum(part.sightings * part.parent["rank1"].estimate for part in parts.values())
    assert whole / 114 == pytest.approx(judgement.overall.parent["rank1"].estimate)


def test_an_embedding_that_sees_the_same_is_not_better() -> None:
    folds = [fold(number, 0.5, 0.5) for number in range(2)]
    twins = [replace(item, derived=item.parent) for item in folds]
    judgement = judge(twins, "centroid", seed=0, draws=40)
    assert judgement.verdict is ComparisonVerdict.NOT_BETTER
    assert judgement.overall is not None
    assert {item.estimate for item in judgement.overall.difference.values()} == {0.0}


def test_an_embedding_that_sees_less_is_named_worse() -> None:
    judgement = judged(1.0, 0.2)
    assert judgement.verdict is ComparisonVerdict.NOT_BETTER
    assert judgement.reason.startswith(comparison.WORSE.partition("{")[0])
    assert "map" in judgement.reason
    assert "eer" in judgement.reason


def test_an_embedding_that_forgets_what_flanks_share_says_so() -> None:
    """The derived one sees a deer's flanks as two animals; the parent sees one."""
    items = []
    for number in range(2):
        plain = fold(number, 0.6, 0.6)
        apart = np.where(plain.flanks == "left", plain.deer, plain.deer + 25)
        items.append(replace(plain, derived=rows(apart, 2.0, 2 * number + 1)))
    judgement = judge(items, "centroid", seed=0, draws=40)
    assert judgement.verdict is ComparisonVerdict.BETTER
    assert comparison.ACROSS.partition("{")[0] in judgement.reason


def test_few_deer_judge_nothing() -> None:
    judgement = judged(0.2, 1.0, deer=4)
    assert judgement.verdict is ComparisonVerdict.TOO_FEW
    assert "8 deer" in judgement.reason


def test_the_own_sighting_never_helps() -> None:
    """The two photographs of a sighting are alike, and no other sighting of the deer looks like them."""
    generator = np.random.default_rng(0)
    occasions = generator.normal(size=(60, 24))
    both = np.repeat(occasions / np.linalg.norm(occasions, axis=1, keepdims=True), 2, axis=0)
    plain = fold(0, 0.0, 0.0)
    item = replace(plain, parent=both.astype(np.float32), derived=both.astype(np.float32))
    judgement = judge([item], "centroid", seed=0, draws=20)
    assert judgement.overall is not None
    assert judgement.overall.parent["rank1"].estimate < 0.3


def test_in_the_store_all_deer_are_looked_among_and_only_unseen_ones_looked_for() -> None:
    """Two sightings of deer 0, unseen, along x; deer 1, learned from, lies nearer to the second of them."""
    angles = np.radians([0.0, 30.0, 20.0, 90.0, 90.0])
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    codes = np.arange(5)
    item = Examined(
        parent=vectors,
        derived=vectors,
        deer=np.array([0, 0, 1, 2, 2]),
        sightings=codes,
        encounters=codes,
        flanks=np.full(5, "left"),
        unseen=np.array([True, True, False, True, True]),
    )
    judgement = judge([item], "centroid", seed=0, draws=20)
    assert judgement.overall is not None
    assert judgement.in_store is not None
    assert (judgement.overall.sightings, judgement.in_store.sightings) == (4, 4)
    assert judgement.overall.derived["rank1"].estimate == 1.0  # deer 0 or deer 2: never mistaken
    # Deer 1 at 20 degrees comes first for both of deer 0 (20 and 10 degrees away, its own are 30).
    assert judgement.in_store.derived["rank1"].estimate == 0.5


def test_deer_seen_once_are_no_probes_but_decoys() -> None:
    judgement = judged(0.2, 1.0, sightings=1)
    assert judgement.verdict is ComparisonVerdict.TOO_FEW
    assert judgement.overall is None


def test_the_document_has_the_promised_shape() -> None:
    written = document(judged(0.2, 1.0))
    assert written["verdict"] == "BETTER"
    assert set(written["parent"]) == {*FIGURES, "intervals"}
    assert 0 <= written["derived"]["tpir_at_fpir5"] <= 1
    assert len(written["derived"]["intervals"]["rank1"]) == 2
    assert set(written["by_references"]) == {"5-8"}
    assert set(written["in_store"]) == {"sightings", "deer", "parent", "derived", "difference"}
    assert [(row["deal"], row["fold"]) for row in written["folds"]] == [(1, 1), (1, 2)]
    assert json.loads(as_json(written)) == written


def test_the_table_is_ascii_and_fits_a_terminal() -> None:
    for judgement in (judged(0.2, 1.0), judged(0.2, 1.0, sightings=1)):
        text = as_table(document(judgement))
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= WIDTH
        assert text.startswith(judgement.verdict.value.replace("_", " "))
        assert "..." not in text.replace("....", "")


def test_the_page_stands_alone() -> None:
    page = as_html(document(judged(0.2, 1.0)), "Judgement of <a space>")
    assert "Judgement of &lt;a space&gt;" in page
    assert page.count("<figure>") == 3
    assert "http-equiv" in page
    assert "src=" not in page.split("<body>")[1]


def test_a_fold_leaves_out_other_antlers_where_the_product_does() -> None:
    """A buck east now and north before, and a second one north now; the probe of now looks north."""
    vectors = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], np.float32)
    item = Examined(
        parent=vectors,
        derived=vectors,
        deer=np.array([0, 0, 1, 0]),
        sightings=np.arange(4),
        encounters=np.arange(4),
        flanks=np.full(4, "unknown"),
        unseen=np.ones(4, bool),
        seasons=np.array([[202504] * 2, [202404] * 2, [202504] * 2, [202504] * 2]),
    )
    probe, references = np.array([3]), np.arange(3)
    left_out, _ = detection_scores(vectors, item, "max", probe, references)
    assert left_out.tolist() == [[0, 10_000]]
    counted, _ = detection_scores(vectors, replace(item, seasons=None), "max", probe, references)
    assert counted.tolist() == [[10_000, 10_000]]
