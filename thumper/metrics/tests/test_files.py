"""The dashboard and the alert rules under docs/operating: every metric that they name is one that is exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest
import yaml

from thumper.metrics.values import registry

if TYPE_CHECKING:
    import redis

FOLDER = Path(__file__).parents[3] / "docs" / "operating"
OF_PROMETHEUS = {"up"}


@pytest.fixture
def exported(
    db: None, redis_client: redis.Redis, media_root: Path, settings: Any
) -> dict[str, set[str]]:
    """Names of samples with the names of their labels."""
    settings.WATCH_FOLDERS = {media_root.with_name("share"): ""}
    return {
        sample.name: set(sample.labels)
        for family in registry().collect()
        for sample in family.samples
    }


def expressions() -> list[str]:
    dashboard = json.loads((FOLDER / "grafana.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [*shown, *(rule["expr"] for group in groups for rule in group["rules"])]


def selectors(expression: Any) -> list[tuple[str, set[str]]]:
    """The metrics that an expression names, each with the labels that it is narrowed by."""
    if isinstance(expression, promql_parser.VectorSelector):
        labels = {matcher.name for matcher in expression.matchers.matchers}
        return [(str(expression.name), labels)]
    inner = [
        getattr(expression, name, None) for name in ("expr", "lhs", "rhs", "vector_selector")
    ] + list(getattr(expression, "args", None) or [])
    return [found for one in inner if one is not None for found in selectors(one)]


@pytest.mark.parametrize("text", expressions())
def test_an_expression_names_metrics_and_labels_that_are_exported(
    text: str, exported: dict[str, set[str]]
) -> None:
    named = selectors(promql_parser.parse(text))
    assert named
    for name, labels in named:
        if name not in OF_PROMETHEUS:
            assert labels <= exported[name]


def test_every_metric_is_shown_or_watched(exported: dict[str, set[str]]) -> None:
    named = {name for text in expressions() for name, _ in selectors(promql_parser.parse(text))}
    parts = ("_sum", "_count", "_created")  # of the histogram whose buckets are shown
    assert {name for name in exported if not name.endswith(parts)} <= named


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_panels_of_the_dashboard_do_not_lie_over_each_other() -> None:
    panels = json.loads((FOLDER / "grafana.json").read_text())["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in panels})
