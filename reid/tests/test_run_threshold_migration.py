"""Migration 0011 and 0012 on a filled database, forward and back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from reid.tests import make
from reid.tests.earlier_schema import filled_at, migrate, taken_back

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = "0010_training_threshold", "0012_threshold_constraints"


@pytest.fixture(scope="module")
def earlier(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with taken_back(BEFORE, django_db_blocker):
        yield


@pytest.fixture
def before(earlier: None, transactional_db: None) -> Iterator[Any]:
    with filled_at(BEFORE) as apps:
        yield apps


class Filled:
    """Two spaces of which REID_THRESHOLD has replaced what was approved, if anything was, and their runs."""

    def __init__(self, apps: Any) -> None:
        self.threshold = apps.get_model("reid", "Threshold")
        self.run = apps.get_model("reid", "ReidRun")
        self.space = apps.get_model("reid", "EmbeddingSpace")
        ranger = apps.get_model("auth", "User").objects.create(username="ranger")
        old, new = self._space("old"), self._space("new")
        self._approved(old, "0.6", make.NOON, approved_by=ranger, source="operator")
        at = make.later(days=1)
        mary = self._approved(old, "0.7", at, approved_by=ranger, source="analysis")
        env = self._approved(old, "0.9", make.later(days=2), source="env", is_active=True)
        self._approved(new, "0.8", make.NOON, source="env", is_active=True)
        for threshold in (mary, env, None):
            self.run.objects.create(kind="identify", space=old, threshold=threshold)

    def _space(self, name: str) -> Any:
        return self.space.objects.create(
            name=name, fingerprint=name * 16, dimension=4, specification={}, sentinels=b""
        )

    def _approved(self, space: Any, value: str, at: Any, **fields: Any) -> Any:
        return self.threshold.objects.create(
            space=space, value=Decimal(value), approved_at=at, **fields
        )


def test_records_of_the_environment_are_no_longer_in_force(before, capsys):
    filled = Filled(before)
    count = filled.threshold.objects.count()
    apps = migrate(AFTER)
    thresholds = apps.get_model("reid", "Threshold").objects
    assert not thresholds.filter(is_active=True).exists()
    assert thresholds.count() == count
    text = capsys.readouterr().out
    assert "in the space old: 0.7000, approved by ranger on 2025-10-02, was the last one" in text
    assert "in the space new, and no person has approved a threshold there" in text


def test_every_run_says_what_it_used(before):
    Filled(before)
    runs = migrate(AFTER).get_model("reid", "ReidRun").objects
    assert set(runs.values_list("threshold_used", "threshold_source")) == {
        (7000, "analysis"), (9000, "env"), (None, ""),
    }  # fmt: skip


def test_the_way_back_keeps_every_row(before):
    filled = Filled(before)
    kept = set(filled.threshold.objects.values_list("value", "source", "approved_at"))
    migrate(AFTER)
    migrate(BEFORE)
    assert set(filled.threshold.objects.values_list("value", "source", "approved_at")) == kept
    assert filled.run.objects.count() == 3


def test_where_the_environment_decided_nothing_nothing_is_said(before, capsys):
    before.get_model("reid", "EmbeddingSpace").objects.create(
        name="one", fingerprint="f" * 64, dimension=4, specification={}, sentinels=b""
    )
    migrate(AFTER)
    assert capsys.readouterr().out == ""
