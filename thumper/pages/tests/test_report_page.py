"""The interactive report, opened as whoever is sent it opens it: a file, a browser, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from analysis.recommendation.assess import assess
from analysis.reports.html import html_report
from analysis.reports.threshold_report import build_report
from analysis.tests.herds import herd
from conftest import wait_until
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.service, pytest.mark.django_db]

ASKED_FOR = "return performance.getEntriesByType('resource').map((entry) => entry.name)"


def test_the_report_draws_itself_without_an_error_or_a_request(
    browser: Chrome, tmp_path: Path
) -> None:
    stored = herd()
    seen = stored.photograph([stored.ada] * 3)
    stored.log(
        seen, [(9000, 1000), (8000, 1000), (700, 900)]
    )  # genuine pairs, so that there is a DET
    assessment = assess(stored.scorer)
    target = tmp_path / "report.html"
    target.write_text(html_report(assessment, build_report(assessment, [6600, 4060])), "utf-8")
    browser.get(target.as_uri())
    wait_until(
        lambda: len(browser.find_elements(By.CSS_SELECTOR, "figure .plot-container")) == 6,
        START_SECONDS,
        "six figures are drawn",
    )
    assert browser.get_log("browser") == []
    assert browser.execute_script(ASKED_FOR) == []
