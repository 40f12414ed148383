"""Docstrings of the numerical modules: numpydoc sections that are complete, examples that come out as printed."""

from __future__ import annotations

import doctest
import inspect
import io
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

NUMERICAL = (
    "analysis.evaluation.comparison",
    "analysis.evaluation.paired_figures",
    "analysis.labels.cost",
    "analysis.labels.doubts",
    "analysis.recommendation.batch",
    "analysis.recommendation.fdp_gate",
    "analysis.recommendation.fpir_gate",
    "analysis.recommendation.verdict",
    "analysis.score_log.error_rates",
    "analysis.score_log.known_impostors",
    "analysis.score_log.ranking",
    "analysis.score_log.trials",
    "analysis.stats.batch_certificate",
    "analysis.stats.betting_test",
    "analysis.stats.drift",
    "analysis.stats.histograms",
    "analysis.stats.intervals",
    "analysis.stats.mixture",
    "reid.antlers",
    "reid.flanks.classifier",
    "reid.grouping.encounters",
    "reid.matching.centroids",
    "reid.matching.decide",
    "reid.matching.flank_weights",
    "reid.matching.similarity",
    "reid.patterns.blocks",
    "reid.patterns.geometry",
    "reid.patterns.lnbnn",
    "reid.patterns.shortlist",
    "reid.patterns.spreads.measured",
    "reid.suggesting.clustering",
)
_UNDERLINED = re.compile(r"^ *(\w+)\n *-+$", re.MULTILINE)


def callables(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Public functions of the module, and public methods of its public classes."""
    for name, item in vars(module).items():
        if name.startswith("_") or getattr(item, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(item):
            yield name, item
        elif inspect.isclass(item):
            for own, member in vars(item).items():
                function = member.__func__ if isinstance(member, classmethod) else member
                if inspect.isfunction(function) and not own.startswith("_"):
                    yield f"{name}.{own}", function


def section(text: str, title: str) -> str:
    """The text below a heading, up to the next one; empty where there is no such heading."""
    parts = _UNDERLINED.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).get(title, "")


def documented(text: str) -> set[str]:
    """Names at the left margin of the section Parameters, which may share a line."""
    heads = re.findall(r"^([\w, ]+?)(?: : .*)?$", section(text, "Parameters"), re.MULTILINE)
    return {name.strip() for head in heads for name in head.split(",")} - {""}


@pytest.mark.parametrize("name", NUMERICAL)
def test_the_examples_of_a_numerical_module_come_out_as_printed(name: str) -> None:
    module = import_module(name)
    report = io.StringIO()
    runner = doctest.DocTestRunner()
    examples = 0
    for case in doctest.DocTestFinder().find(module):
        examples += len(case.examples)
        runner.run(case, out=report.write)
    assert examples > 0
    assert not runner.failures, report.getvalue()


@pytest.mark.parametrize("name", NUMERICAL)
def test_every_parameter_and_result_of_a_numerical_module_is_documented(name: str) -> None:
    missing = []
    for label, function in callables(import_module(name)):
        text = inspect.getdoc(function) or ""
        signature = inspect.signature(function)
        parameters = set(signature.parameters) - {"self", "cls"}
        missing += [f"{label}: {one}" for one in sorted(parameters - documented(text))]
        if signature.return_annotation not in ("None", None):
            has_result = section(text, "Returns") or section(text, "Yields")
            missing += [] if has_result else [f"{label}: Returns"]
    assert not missing
