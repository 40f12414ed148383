"""Forms of reports without a browser: fields to requests, refusals in words, acts, and queries."""

from __future__ import annotations

import doctest
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone

from exports.lifecycle.records import Failure
from exports.lifecycle.status import store
from exports.models import ExportRequest, ReportSchedule, SharedLink
from exports.requests.build_spec import archive_spec, report_spec
from exports.requests.errors import RequestRefused
from exports.tests.surveys import stored_survey
from reid.tests import make
from thumper.pages.reports import asking, words

TODAY = date(2026, 11, 27)
FORM = "kind={kind}&start_date=2026-10-01&end_date=2026-10-31&group_by=week&include_charts=on"


def wanted(text: str) -> asking.Wanted:
    return asking.wanted(QueryDict(text))


def said(text: str) -> list[str]:
    asked = wanted(text)
    with pytest.raises(RequestRefused) as refused:
        (report_spec if asked.is_report else archive_spec)(asked.body, TODAY)
    return words.said(refused.value.errors, asked.places)


# --- fields to requests -------------------------------------------------------------------------
def test_a_report_s_form_makes_its_request() -> None:
    text = FORM.format(kind="custom") + "&recipients=a@example.org,+b@example.org&cameras=1"
    assert wanted(text).body == {
        "report_type": "custom",
        "start_date": "2026-10-01",
        "end_date": "2026-10-31",
        "group_by": "week",
        "include_charts": True,
        "include_tables": False,
        "include_insights": False,
        "notify": False,
        "cameras": ["1"],
        "recipients": ["a@example.org", "b@example.org"],
    }


@pytest.mark.parametrize(
    ("newest", "days"),
    [
        (None, ("2026-08-29", "2026-11-27")),
        (date(2026, 11, 1), ("2026-08-29", "2026-11-27")),
        (date(2024, 6, 30), ("2024-04-01", "2024-06-30")),
    ],
)
def test_an_older_card_is_reported_by_its_own_days(
    newest: date | None, days: tuple[str, str]
) -> None:
    values = asking.first_values(TODAY, newest)
    assert (values["start_date"], values["end_date"]) == days


def test_an_archive_s_form_makes_its_request() -> None:
    text = FORM.format(kind="camtrap-dp") + "&coordinate_precision=0&classifications=buck"
    assert wanted(text).body == {
        "format": "camtrap-dp",
        "include_empty": False,
        "coordinate_precision": 0,
        "notify": False,
        "filter": {
            "start_date": "2026-10-01",
            "end_date": "2026-10-31",
            "classifications": ["buck"],
        },
    }


def test_a_survey_s_form_asks_for_the_survey_and_its_parts_alone() -> None:
    """Days, classes and grouping are on the form too, for other kinds."""
    key = str(uuid4())
    text = FORM.format(kind="survey") + f"&survey={key}&classifications=buck"
    assert wanted(text).body == {
        "report_type": "survey",
        "survey": key,
        "include_charts": True,
        "include_tables": False,
        "include_insights": False,
        "notify": False,
    }
    assert asking.first_values(TODAY, None, key)["kind"] == "survey"


def test_periods_that_were_left_empty_are_left_out_and_the_others_keep_their_places() -> None:
    asked = wanted(
        "kind=comparison&start_date_1=2026-09-01&end_date_1=2026-09-30"
        "&start_date_3=2026-10-01&end_date_3=2026-10-31&label_3=Rut"
    )
    assert asked.places == (1, 3)
    assert [row["label"] for row in asked.body["comparison_periods"]] == ["1 - 30 Sep 2026", "Rut"]


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(asking)
    assert result.attempted
    assert result.failed == 0


# --- refusals in words --------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_survey_that_cannot_be_reported_on_is_said_in_words() -> None:
    form = "kind=survey&include_charts=on"
    assert said(form) == ["Survey: choose one."]
    assert said(f"{form}&survey=Rut") == ["Survey: choose one."]
    assert said(f"{form}&survey={uuid4()}") == ["Survey: it is gone. Choose another one."]
    assert said(f"{form}&survey={stored_survey(None).pk}") == [
        "Survey: Rut 2025 has no estimates yet: compute them, then ask again."
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind=seasonal_activity&group_by=day&include_charts=on", ["Choose its first day."]),
        (
            FORM.format(kind="comparison")
            + "&start_date_1=2026-09-01&end_date_1=2026-09-30&end_date_3=2026-10-01",
            ["Third period: choose its first day."],
        ),
        (
            FORM.format(kind="comparison") + "&start_date_1=2026-09-01&end_date_1=2026-09-30",
            ["Comparison: give the days of at least 2 periods."],
        ),
        (
            "kind=seasonal_activity&start_date=2026-10-31&end_date=2026-10-01&group_by=day&include_charts=on",
            ["The last day must come after the first."],
        ),
        (
            "kind=seasonal_activity&start_date=2026-10-01&end_date=2027-10-01&group_by=day&include_charts=on",
            ["The last day has not come yet."],
        ),
        (
            "kind=seasonal_activity&start_date=2026-10-01&group_by=day",
            ["Parts: tick at least one."],
        ),
        (
            FORM.format(kind="seasonal_activity") + "&recipients=bob",
            ["Mail to: 'bob' is no mail address."],
        ),
        (
            FORM.format(kind="crops") + "&include_crops=on&crop_size=9",
            ["Size of crops: choose 128 to 1024 pixels."],
        ),
        (
            FORM.format(kind="crops") + "&crop_size=300",
            ["Archive: tick the crops, the table, or both."],
        ),
        (
            FORM.format(kind="crops") + "&include_crops=on&crop_size=300",
            ["Nothing matches: choose other days, or fewer restrictions."],
        ),
        (
            FORM.format(kind="seasonal_activity") + f"&cameras={uuid4()}",
            ["Cameras: one that was chosen is gone: choose again."],
        ),
    ],
)
def test_a_refusal_is_said_in_the_words_of_the_form(text: str, expected: list[str]) -> None:
    assert said(text) == expected


# --- acts ---------------------------------------------------------------------------------------
@pytest.mark.django_db
class TestActs:
    pytestmark = pytest.mark.usefixtures("redis_client", "export_root")

    def start(self, client, once: str = "a", **more: str):
        day = timezone.localdate()
        form = {
            "kind": "seasonal_activity",
            "start_date": (day - timedelta(days=30)).isoformat(),
            "end_date": day.isoformat(),
            "group_by": "week",
            "include_tables": "on",
            "once": once,
            "do": "start",
        }
        return client.post("/exports/", form | more)

    def test_a_form_that_is_sent_twice_is_one_export_also_when_the_first_has_ended(self, client):
        assert self.start(client).status_code == 302
        row = ExportRequest.objects.get()
        store().fail(row.job_id, None, Failure.WORKER_LOST)
        self.start(client)
        assert ExportRequest.objects.count() == 1
        self.start(client, title="Another")
        assert ExportRequest.objects.count() == 2

    def test_a_preview_and_a_page_start_nothing(self, client):
        make.detection(image=make.image(captured_at=timezone.now()))
        assert b"1</strong> photographs" in self.start(client, do="preview").content
        assert b'class="report"' in self.start(client, do="page").content
        assert ExportRequest.objects.count() == 0

    def test_somebody_else_s_report_is_no_page(self, client, django_user_model):
        self.start(client)
        row = ExportRequest.objects.get()
        row.owner = django_user_model.objects.create_user("bob")
        row.save()
        assert client.get(f"/exports/{row.job_id}/page").status_code == 404

    def test_the_list_alone_answers_nothing_while_nothing_changes(self, client):
        page = client.get("/exports/")
        seen = page.context["seen"]
        assert client.get(f"/exports/list?seen={seen}").status_code == 204
        self.start(client)
        assert client.get(f"/exports/list?seen={seen}").status_code == 200

    def test_the_page_takes_as_many_queries_for_twenty_rows_as_for_two(
        self, client, settings, django_assert_max_num_queries
    ):
        settings.EXPORT_MAX_RUNNING = 30
        for count in (2, 18):
            for number in range(count):
                self.start(client, title=f"{count} {number}")
            with django_assert_max_num_queries(12):
                client.get("/exports/")
        assert ExportRequest.objects.count() == 20

    def test_a_schedule_is_set_up_paused_deleted_and_put_back(self, client):
        form = {"title": "The week", "every": "week", "weekday": "0", "covers": "season"}
        form |= {"group_by": "day", "include_tables": "on", "season_day": "15", "season_month": "8"}
        refused = client.post("/exports/schedules/", form)
        assert "Mail to: name at least one address" in refused.content.decode()
        form["recipients"] = "bob@example.org"
        assert client.post("/exports/schedules/", form).status_code == 302
        row = ReportSchedule.objects.get()
        assert (row.season_month, row.season_day, row.day) == (8, 15, 0)
        client.post(f"/exports/schedules/{row.pk}/pause")
        assert "Paused." in client.get("/exports/schedules/").content.decode()
        deleted = client.post(f"/exports/schedules/{row.pk}/delete", follow=True)
        assert "“The week” is deleted." in deleted.content.decode()
        client.post(f"/exports/schedules/{row.pk}/restore")
        assert ReportSchedule.objects.of(row.owner_id).count() == 1

    def test_a_deer_s_link_is_shown_once_and_taken_back(self, client):
        gus = make.deer("Gus")
        text = client.post(
            "/exports/links/deer", {"deer": str(gus.pk), "days": "7"}, follow=True
        ).content.decode()
        assert "/shared/" in text
        assert "/shared/" not in client.get("/exports/links/").content.decode()
        link = SharedLink.objects.get()
        assert link.expires_at - timezone.now() < timedelta(days=7)
        client.post(f"/exports/links/{link.pk}/revoke")
        assert "Taken back" in client.get("/exports/links/").content.decode()
