"""Migrations 0019 and 0020 on a filled database: forward, back, and with many scores."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.db import IntegrityError, connection, transaction

from reid.tests import make
from reid.tests.earlier_schema import filled_at, migrate, taken_back

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = "0018_clock_corrections", "0020_scorers_own_the_log"
OWNED: Final = ("SimilarityScore", "Threshold", "AuditPlan", "ReidRun", "PerformanceSnapshot")


@pytest.fixture(scope="module")
def earlier(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with taken_back(BEFORE, django_db_blocker):
        yield


@pytest.fixture
def before(earlier: None, transactional_db: None) -> Iterator[Any]:
    with filled_at(BEFORE) as apps:
        yield apps


class Filled:
    """Two spaces, of which `new` is in use, each with a run, a threshold, an audit, a snapshot and a score."""

    def __init__(self, apps: Any) -> None:
        self._apps = apps
        image = self._make("Image", path="a.jpg", sha256="a" * 64, width=99, height=99)
        box = {"x": 0, "y": 0, "width": 9, "height": 9, "confidence": 0.9}
        self.detection = self._make("Detection", image=image, classification="doe", **box)
        self.deer = self._make("Deer", name="Oak", name_key="oak")
        self.spaces = {name: self._space(name) for name in ("old", "new")}

    def _make(self, model: str, **fields: Any) -> Any:
        return self._apps.get_model("reid", model).objects.create(**fields)

    def _space(self, name: str) -> Any:
        space = self._make(
            "EmbeddingSpace", name=name, fingerprint=name[:1] * 64, dimension=4, specification={},
            sentinels=b"", is_active=name == "new",
        )  # fmt: skip
        run = self._make("ReidRun", kind="identify", space=space)
        self._make("Threshold", space=space, value=Decimal("0.7"), source="analysis")
        self._make(
            "AuditPlan", space=space, gallery_fingerprint="g", population_sha256="p", n_population=1,
            alpha_fdp=0.05, candidates=[], salt="s",
        )  # fmt: skip
        self._make(
            "PerformanceSnapshot", space=space, period=make.NOON.date(), taken_at=make.NOON, deer=1, references=1,
            threshold_state="none", eligible=1, best_scores={}, new_sightings=1, reviewed_sightings=0,
            stale_detections=0, trainable_deer=0, new_trainable_deer=0,
        )  # fmt: skip
        self._make("SimilarityScore", run=run, space=space, **self.pair(9000))
        return space

    def pair(self, score: int) -> dict[str, Any]:
        """All of a score's fields but its run and what it belongs to."""
        return {
            "detection": self.detection, "deer": self.deer, "gallery_fingerprint": "g", "score": score,
            "sex_match": True, "detection_classification": "doe", "deer_sex": "doe", "calculated_at": make.NOON,
        }  # fmt: skip


def test_each_space_gets_its_scorer_and_all_that_was_its_own(before):
    filled = Filled(before)
    apps = migrate(AFTER)
    scorers = {row.name: row for row in apps.get_model("reid", "Scorer").objects.all()}
    assert scorers.keys() == {"old", "new"}
    for name, scorer in scorers.items():
        space = filled.spaces[name]
        assert (scorer.kind, scorer.space_id, scorer.fingerprint, scorer.is_active) == (
            "embedding", space.pk, space.fingerprint, space.is_active,
        )  # fmt: skip
        assert scorer.created_at == space.created_at
        for model in OWNED:
            assert apps.get_model("reid", model).objects.filter(scorer=scorer).count() == 1


def test_a_pair_has_one_score_a_scorer_afterwards_too(before):
    filled = Filled(before)
    apps = migrate(AFTER)
    scores = apps.get_model("reid", "SimilarityScore").objects
    stored = scores.first()
    again = {f"{name}_id": getattr(stored, f"{name}_id") for name in ("detection", "deer", "run")}
    rest = {
        name: value for name, value in filled.pair(1).items() if name not in ("detection", "deer")
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        scores.create(scorer_id=stored.scorer_id, **again, **rest)


def test_the_way_back_keeps_every_row(before):
    filled = Filled(before)
    migrate(AFTER)
    apps = migrate(BEFORE)
    for space in filled.spaces.values():
        for model in OWNED:
            assert apps.get_model("reid", model).objects.filter(space_id=space.pk).count() == 1


def test_there_is_no_way_back_for_scores_of_another_scorer(before):
    Filled(before)
    apps = migrate(AFTER)
    scorer = apps.get_model("reid", "Scorer")
    pattern = scorer.objects.create(kind="pattern", name="sift", fingerprint="p" * 64)
    apps.get_model("reid", "ReidRun").objects.create(kind="backfill", scorer=pattern)
    with pytest.raises(RuntimeError, match="1 row"):
        migrate(BEFORE)
    assert apps.get_model("reid", "ReidRun").objects.count() == 3


def test_many_scores_stay_as_they_are(before):
    """No row is written anew: 2,000 scores are moved by as many statements as one."""
    filled = Filled(before)
    space, run = filled.spaces["new"], before.get_model("reid", "ReidRun").objects.first()
    deer = before.get_model("reid", "Deer").objects.bulk_create(
        before.get_model("reid", "Deer")(name=f"deer {number}", name_key=f"deer {number}")
        for number in range(2000)
    )
    model = before.get_model("reid", "SimilarityScore")
    fields = {name: value for name, value in filled.pair(5000).items() if name != "deer"}
    model.objects.bulk_create(model(run=run, space=space, deer=one, **fields) for one in deer)
    seen: list[str] = []

    def look(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        apps = migrate(AFTER)
    table = connection.ops.quote_name(model._meta.db_table)
    assert not [sql for sql in seen if sql.startswith(f"UPDATE {table}")]
    assert apps.get_model("reid", "SimilarityScore").objects.filter(scorer=space.pk).count() == 2001
