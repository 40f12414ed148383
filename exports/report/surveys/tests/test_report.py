"""The report on a survey read back: sentences first, every number as it is stored, and the same on paper and on the page."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils.html import strip_tags
from pypdf import PdfReader

from exports.report import page, pdf, wording
from exports.report.surveys import numbers, sections, tables
from exports.report.surveys.methods import title_of
from exports.requests.specs import ReportPeriod, ReportSpec, ReportType, SurveyCopy
from exports.tests import build
from exports.tests.surveys import NO_RECAPTURE, REFUSED, START, document, without_recapture


def spec(of: dict[str, Any], **given: Any) -> ReportSpec:
    copy = SurveyCopy(UUID(int=1), "Rut 2025", datetime(2025, 11, 2, tzinfo=UTC), of)
    period = ReportPeriod("Rut", START, date.fromisoformat(of["period"]["end"]))
    fields = {"report_type": ReportType.SURVEY, "title": "Survey Rut 2025", "periods": (period,)}
    return build.spec(**fields | {"survey": copy, "include_charts": False} | given)


def composed(of: dict[str, Any], **given: Any) -> Any:
    asked = spec(of, **given)
    return page.compose(page.collected(asked), asked)


def printed(of: dict[str, Any], **given: Any) -> PdfReader:
    out = io.BytesIO()
    pdf.write_page(composed(of, **given), out)
    return PdfReader(out)


def text(of: PdfReader) -> str:
    return " ".join(" ".join(one.extract_text() for one in of.pages).split())


def words(html: str) -> list[str]:
    return re.findall(r"\w+", html)


def table_of(report: Any, title: str) -> Any:
    return next(section.table for section in report.sections if section.title == title)


def test_sentences_stand_before_every_number() -> None:
    said = text(printed(document()))
    first = said.index("5 deer were told apart in 10 captures.")
    assert said.index("In plain words") < first < said.index("Summary") < said.index("How many")


def test_every_class_has_its_honest_interval_with_the_naive_one_beside_it() -> None:
    """12 deer: naively 18 (12.6 to 23.4), honestly 16.2 (7.2 to 27); a third of that in each class."""
    report = composed(document(12))
    assert [one.title for one in report.sections[:5]] == [
        *("How many: all deer", "How many: bucks", "How many: does", "How many: fawns"),
        "Sex and fawn ratios",
    ]
    rows = {row[0]: row[1:] for row in table_of(report, "How many: all deer").rows}
    assert rows["M0 (all alike)"] == (
        *("16 (7 to 27)", "18 (13 to 23)", "Fits these captures best (lowest AICc)."),
    )
    assert rows["Mb (capture changes deer)"][1] == "18 (13 or more)"
    assert rows["Spatial (deer per km2)"][0] == "4.0 (1.8 to 6.8)"
    assert rows["Jacobson's survey"][0] == "-"
    bucks = {row[0]: row[1:] for row in table_of(report, "How many: bucks").rows}
    assert bucks["M0 (all alike)"][1] == "6 (4 to 8)"


def test_many_deer_are_told_without_tenths() -> None:
    rows = table_of(composed(document(300)), "How many: all deer").rows
    assert rows[0][1:3] == ("405 (180 to 675)", "450 (315 to 585)")


def test_an_estimator_without_a_number_says_why() -> None:
    report = composed(document())
    section = next(one for one in report.sections if one.title == "How many: fawns")
    assert section.text == (
        "No number by Mh (two kinds of deer): too few recaptures to tell two kinds of deer apart."
    )
    assert all("two kinds" not in row[0] for row in section.table.rows)


def test_a_refusal_stands_bold_above_all_and_the_naive_numbers_stay_naive() -> None:
    report = composed(document(refused=REFUSED))
    assert report.notice == REFUSED
    assert all(row[1] == "-" for row in table_of(report, "How many: all deer").rows)
    html = page.as_html(report)
    assert html.index(f'<p class="notice">{REFUSED}') < html.index("Summary")
    assert sections.NOT_JUDGED.replace("'", "&#x27;") in html


def test_the_refusal_is_said_once() -> None:
    report = composed(document(refused=REFUSED, sentences=[REFUSED, "5 deer were told apart."]))
    assert report.lead == ("5 deer were told apart.",)


def test_without_any_recapture_there_is_no_number_and_what_is_missing_is_said() -> None:
    said = text(printed(without_recapture()))
    assert NO_RECAPTURE in said
    assert "no deer was captured a second time." in said
    assert "Naive number (95 %)" not in said
    assert "0.80 (0.60 to 1.00)" in said  # ratios rest on no recapture


@pytest.mark.parametrize("deer", [5, 50, 300])
def test_every_deer_of_any_herd_is_in_the_histories_once(deer: int) -> None:
    found = document(deer, cameras=12, occasions=30)
    made = printed(found)
    said = text(made)
    for item in found["histories"][5:]:
        assert said.count(f"{item['deer']} ({item['class']}) ") == 1
    assert f"Page {len(made.pages)} of {len(made.pages)}" in said


def test_a_history_marks_the_occasions_of_its_captures() -> None:
    """Deer 2 of 5, on 4 occasions: on the second, and on the first again, three later."""
    rows = {row[0]: row[1:] for row in tables.histories(numbers.read(document())).rows}
    assert rows["Ivy (doe)"] == ("2", "\u25a0\u25a0\u00b7\u00b7")
    still = [{"camera_days": days, "deer": 5} for days in (26.0, 26.0, 52.0, 78.0)]
    idle = tables.histories(numbers.read(document(accumulation=still)))  # none ran on the second
    assert {row[0]: row[2] for row in idle.rows}["Gus (buck)"] == "\u25a0-\u00b7\u25a0"
    many = tables.histories(numbers.read(document(occasions=12)))
    assert many.head[-1].split() == ["1", "11"]
    assert [len(part) for part in many.rows[0][-1].split()] == [10, 2]
    year = tables.histories(numbers.read(document(occasions=100)))
    assert year.head[-1] == "Occasions 1 to 100"


def test_deer_stand_in_the_order_of_class_and_name() -> None:
    rows = tables.histories(numbers.read(document(40))).rows
    bucks = [row[0] for row in rows if row[0].endswith("(buck)")]
    assert [row[0] for row in rows[: len(bucks)]] == bucks
    assert bucks.index("Deer 7 (buck)") < bucks.index("Deer 10 (buck)")


def test_effort_says_of_each_camera_what_was_left_out_and_why() -> None:
    rows = tables.effort(numbers.read(document()))
    assert rows.rows[0] == ("1. Stand 1", "28", "nothing")
    assert rows.rows[1] == ("2. Stand 2", "~27", "4 Oct 2025: nothing was taken")
    assert rows.rows[3] == ("4. Stand 4", "25", "4 - 6 Oct 2025: nothing was taken")
    assert rows.total == ("All", "106", "")


def test_accumulation_has_new_deer_against_effort() -> None:
    """4 occasions of 26.5 camera-days each; deer 1 and 5 come on the first one, 2 and 3 ... each later."""
    rows = tables.accumulation(numbers.read(document(5))).rows
    assert rows[0] == ("1", "1 Oct 2025", "26", "3")
    assert rows[-1] == ("4", "22 Oct 2025", "106", "5")


def test_errors_of_identification_and_assumptions_are_in_every_report() -> None:
    report = composed(document(), include_tables=False, include_insights=False)
    assert [one.title for one in report.sections] == [
        *("How often names are wrong", "What the numbers take for granted"),
        "How the estimators work",
    ]
    assert report.lead == ()
    assert table_of(report, "How often names are wrong").rows[1][:2] == (
        *("Missed matches", "5.0% (2.0% to 10.0%)"),
    )
    assert [row[:2] for row in table_of(report, "What the numbers take for granted").rows] == [
        *(("Closure", "yes"), ("Edge", "no"), ("Placement", "not known")),
    ]


def test_a_rate_that_an_audit_could_not_tell_is_a_dash() -> None:
    """No deer was captured twice, as far as the audit knows: missed matches have no rate."""
    of = document()
    of["identification"] = of["identification"] | {"missed_matches": None}
    rows = table_of(composed(of), "How often names are wrong").rows
    assert [row[1] for row in rows][1] == wording.UNDEFINED


def test_every_estimator_of_the_report_is_explained_with_its_source() -> None:
    found = document()
    rows = table_of(composed(found), "How the estimators work").rows
    assert {row[0] for row in rows} == {title_of(row["estimator"]) for row in found["estimates"]}
    assert all(re.search(r"\d{4}", row[2]) for row in rows)


def test_charts_and_tables_are_there_only_when_asked_for() -> None:
    charts = composed(document(), include_charts=True, include_tables=False)
    assert [one.title for one in charts.sections if one.chart] == [
        *("Effort: where the cameras stood", "New deer against effort"),
    ]
    assert not any(one.chart for one in composed(document()).sections)


def test_cameras_without_a_place_are_named_and_no_map_is_drawn_of_none() -> None:
    found = document(include_charts=True)
    found["cameras"][2]["place"] = None
    effort = composed(found, include_charts=True).sections[5]
    assert effort.chart
    assert effort.text.endswith("Without a place: Stand 3.")
    for camera in found["cameras"]:
        camera["place"] = None
    effort = composed(found, include_charts=True).sections[5]
    assert (effort.chart, effort.text) == ("", sections.NO_PLACES)


def test_the_page_has_the_words_of_the_paper() -> None:
    """Charts aside, which are pictures on the page and drawings in the PDF."""
    found = document(50, occasions=12)
    html = str(page.as_html(composed(found)))
    on_page = words(strip_tags(html.replace("&#x27;", "'").replace("<", " <")))
    on_paper = set(words(text(printed(found))))
    assert [word for word in on_page if word not in on_paper] == []


def test_names_are_text_and_never_markup() -> None:
    found = document()
    found["histories"][0]["deer"] = "<b>Gus</b>"
    found["cameras"][0]["name"] = "</table><h1>Camera"
    said = text(printed(found))
    assert "<b>Gus</b> (buck)" in said
    assert "</table><h1>Camera" in said


def test_what_is_no_document_is_refused_as_such() -> None:
    with pytest.raises(ValueError, match="no document of a survey"):
        numbers.read({"deer": 5})
