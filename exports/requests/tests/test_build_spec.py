"""From body to spec: defaults, every refusal with its code and field, and that none hides another."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from exports.requests import build_spec, fields, rules, surveys
from exports.requests.build_spec import archive_spec, report_spec
from exports.requests.errors import RequestRefused
from exports.requests.parsing import NOT_AN_OBJECT
from exports.requests.serializers import MAX_DETECTIONS, REPORT_TYPE_UNKNOWN
from exports.requests.specs import (
    ArchiveSpec,
    DetectionSelection,
    GroupBy,
    ReportPeriod,
    ReportSpec,
    ReportType,
)
from exports.tests.surveys import document, stored_survey
from reid.tests import make

TODAY = date(2025, 11, 15)
OCTOBER = {"start_date": "2025-10-01", "end_date": "2025-10-31"}
ROWS = [
    {"label": "2023", "start_date": "2023-09-01", "end_date": "2023-12-31"},
    {"label": "2024", "start_date": "2024-09-01", "end_date": "2024-12-31"},
]


def refused(parse, data) -> list[tuple[str, str]]:
    with pytest.raises(RequestRefused) as caught:
        parse(data, TODAY)
    assert caught.value.errors[0].message == str(caught.value.detail)
    return [(violation.code, violation.field) for violation in caught.value.errors]


def messages(parse, data) -> list[str]:
    with pytest.raises(RequestRefused) as caught:
        parse(data, TODAY)
    return [violation.message for violation in caught.value.errors]


# --- classes and parts --------------------------------------------------------------------------
EXPORTABLE = "buck, doe, fawn, unknown_deer, animal, cattle, coyote, pig, raccoon, turkey, other"


def with_classes(parse, classes: list[str]) -> dict[str, object]:
    if parse is report_spec:
        return OCTOBER | {"classifications": classes}
    return {"filter": OCTOBER | {"classifications": classes}}


@pytest.mark.parametrize("parse", [report_spec, archive_spec])
@pytest.mark.parametrize(
    ("classes", "sentence"),
    [
        ([], f"Name at least one class, or leave the field out for all deer: {EXPORTABLE}."),
        (["elk"], f"'elk' is no class: use {EXPORTABLE}."),
        (["buck", "person"], f"People and vehicles are never exported: use {EXPORTABLE}."),
        (["utv"], f"People and vehicles are never exported: use {EXPORTABLE}."),
    ],
)
def test_a_class_that_cannot_be_exported_is_refused_by_what_can(db, parse, classes, sentence):
    field = "classifications" if parse is report_spec else "filter.classifications"
    assert messages(parse, with_classes(parse, classes)) == [f"{field}: {sentence}"]


def test_every_class_that_a_refusal_offers_is_accepted(db):
    spec = report_spec(OCTOBER | {"classifications": EXPORTABLE.split(", ")}, TODAY)
    assert ", ".join(spec.selection.classifications) == EXPORTABLE


def own_fields(report_type: str) -> dict[str, object]:
    """What a report of this type cannot do without."""
    if report_type == ReportType.SURVEY:
        return {"survey": str(stored_survey(document()).pk)}
    return {"comparison_periods": ROWS} if report_type == ReportType.COMPARISON else dict(OCTOBER)


@pytest.mark.parametrize("report_type", ReportType)
def test_a_report_of_no_part_is_refused(db, report_type):
    parts = ("include_charts", "include_tables", "include_insights")
    body = {"report_type": report_type, **dict.fromkeys(parts, False)}
    body |= own_fields(report_type)
    assert refused(report_spec, body) == [("conflict", "include_charts")]
    assert messages(report_spec, body) == [surveys.NO_PART]
    for part in parts:
        assert getattr(report_spec(body | {part: True}, TODAY), part)


# --- reports ------------------------------------------------------------------------------------
def test_a_report_has_defaults():
    assert report_spec(OCTOBER, TODAY) == ReportSpec(
        report_type=ReportType.SEASONAL_ACTIVITY,
        periods=(ReportPeriod("1 - 31 Oct 2025", date(2025, 10, 1), date(2025, 10, 31)),),
        group_by=GroupBy.MONTH,
        selection=DetectionSelection(),
        include_charts=True,
        include_tables=True,
        include_insights=True,
        title="Seasonal activity 1 - 31 Oct 2025",
        notify=False,
    )


def test_a_report_ends_today_where_nothing_else_is_said():
    for data in ({"start_date": "2025-10-01"}, {"start_date": "2025-10-01", "end_date": None}):
        assert report_spec(data, TODAY).periods[0].end == TODAY


@pytest.mark.django_db
def test_a_report_takes_what_it_is_given():
    camera, deer = make.camera(), make.deer()
    spec = report_spec(
        OCTOBER
        | {
            "report_type": "custom",
            "group_by": "week",
            "classifications": ["mature", "buck", "Doe"],
            "cameras": [str(camera.pk)],
            "deer": [str(deer.pk), str(deer.pk)],
            "include_charts": False,
            "title": "  Ridge\n& creek \u202e",
        },
        TODAY,
    )
    assert spec.selection == DetectionSelection(("buck", "doe"), (camera.pk,), (deer.pk,))
    assert (spec.report_type, spec.group_by) == (ReportType.CUSTOM, GroupBy.WEEK)
    assert (spec.include_charts, spec.include_tables) == (False, True)
    assert spec.title == "Ridge & creek"
    assert ReportSpec.from_json(spec.to_json()) == spec


def test_a_comparison_needs_its_periods_alone():
    spec = report_spec({"report_type": "comparison", "comparison_periods": ROWS}, TODAY)
    assert [period.label for period in spec.periods] == ["2023", "2024"]
    assert spec.title == "Comparison of 2023, 2024"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, [("required", "start_date")]),
        ({"end_date": "2025-10-31"}, [("required", "start_date")]),
        ({"start_date": "2025-10-31", "end_date": "2025-10-01"}, [("VR-001", "end_date")]),
        ({"start_date": "2025-11-15"}, [("VR-001", "end_date")]),
        ({"start_date": "2024-11-14"}, [("VR-002", "end_date")]),
        (OCTOBER | {"group_by": "year"}, [("VR-003", "group_by")]),
        (OCTOBER | {"group_by": None}, [("VR-003", "group_by")]),
        ({"start_date": "2025-11-16"}, [("VR-001", "end_date"), ("VR-004", "start_date")]),
        (OCTOBER | {"end_date": "2025-11-16"}, [("VR-005", "end_date")]),
        ({"start_date": "10/01/2025"}, [("invalid", "start_date")]),
        ({"start_date": "2025-02-30"}, [("invalid", "start_date")]),
        ({"start_date": "20251001"}, [("invalid", "start_date")]),
        ({"start_date": 20251001}, [("invalid", "start_date")]),
        ({"start_date": "1899-12-31", "end_date": "1900-06-01"}, [("out_of_range", "start_date")]),
        (OCTOBER | {"report_type": "weekly"}, [("invalid", "report_type")]),
        (OCTOBER | {"include_charts": "perhaps"}, [("invalid", "include_charts")]),
        (OCTOBER | {"include_charts": None}, [("invalid", "include_charts")]),
        (OCTOBER | {"title": "x" * 121}, [("out_of_range", "title")]),
        (OCTOBER | {"title": ["x"]}, [("invalid", "title")]),
        (OCTOBER | {"classifications": ["unicorn"]}, [("invalid", "classifications")]),
        (OCTOBER | {"classifications": ["person"]}, [("invalid", "classifications")]),
        (OCTOBER | {"classifications": "buck"}, [("invalid", "classifications")]),
        (OCTOBER | {"cameras": "all"}, [("invalid", "cameras")]),
        (OCTOBER | {"cameras": ["ridge", 5, None]}, [("invalid", "cameras")]),
        (OCTOBER | {"colour": "red"}, [("unknown_field", "colour")]),
        (OCTOBER | {"comparison_periods": ROWS}, [("conflict", "comparison_periods")]),
    ],
)
def test_a_report_is_refused(data, expected):
    assert refused(report_spec, data) == expected


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_a_body_that_is_no_object_is_refused(data):
    assert messages(report_spec, data)[0] == NOT_AN_OBJECT


def test_every_mistake_is_listed_in_order():
    data = {
        "start_date": "2025-12-02",
        "end_date": "2025-12-01",
        "group_by": "year",
        "report_type": "weekly",
        "title": "x" * 121,
        "colour": "red",
    }
    assert refused(report_spec, data) == [
        ("unknown_field", "colour"),
        ("invalid", "report_type"),
        ("VR-001", "end_date"),
        ("VR-003", "group_by"),
        ("VR-004", "start_date"),
        ("VR-005", "end_date"),
        ("out_of_range", "title"),
    ]


def test_an_unreadable_date_does_not_hide_the_other():
    data = {"start_date": "soon", "end_date": "2025-11-16"}
    assert refused(report_spec, data) == [("invalid", "start_date"), ("VR-005", "end_date")]


def test_an_unreadable_end_is_not_taken_for_today():
    data = {"start_date": "2025-11-15", "end_date": "soon"}
    assert refused(report_spec, data) == [("invalid", "end_date")]


def test_texts_say_what_to_do():
    data = OCTOBER | {"report_type": "weekly", "title": "x" * 121, "start_date": "soon"}
    assert messages(report_spec, data) == [
        f"report_type: {REPORT_TYPE_UNKNOWN}",
        "start_date: This is no date: use YYYY-MM-DD.",
        "title: Ensure this field has no more than 120 characters.",
    ]
    assert messages(report_spec, {}) == [build_spec.START_REQUIRED]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (None, [("required", "comparison_periods")]),
        (ROWS[:1], [("out_of_range", "comparison_periods")]),
        ([], [("out_of_range", "comparison_periods")]),
        ("2023", [("invalid", "comparison_periods"), ("required", "comparison_periods")]),
        ([ROWS[0], ROWS[0]], [("conflict", "comparison_periods")]),
        ([ROWS[0], 5], [("invalid", "comparison_periods.1")]),
        (
            [ROWS[0], {"start_date": "2025-10-02", "end_date": "2025-10-01", "hue": 1}],
            [
                ("unknown_field", "comparison_periods.1.hue"),
                ("VR-001", "comparison_periods.1.end_date"),
                ("required", "comparison_periods.1.label"),
            ],
        ),
        (
            [ROWS[0], {"label": "later", "start_date": "2025-11-16", "end_date": "2025-11-17"}],
            [
                ("VR-004", "comparison_periods.1.start_date"),
                ("VR-005", "comparison_periods.1.end_date"),
            ],
        ),
    ],
)
def test_a_comparison_is_refused(rows, expected):
    data = {"report_type": "comparison", "comparison_periods": rows}
    assert refused(report_spec, data) == expected


def test_six_periods_are_too_many():
    rows = [ROWS[0] | {"label": str(number)} for number in range(6)]
    data = {"report_type": "comparison", "comparison_periods": rows}
    assert messages(report_spec, data) == [build_spec.PERIODS_COUNT]
    data["comparison_periods"] = rows[:5]
    assert len(report_spec(data, TODAY).periods) == 5


def test_a_comparison_without_periods_is_told_so():
    assert messages(report_spec, {"report_type": "comparison"}) == [build_spec.PERIODS_REQUIRED]


@pytest.mark.django_db
def test_unknown_ids_are_counted_and_ten_of_them_named():
    known, strangers = make.camera().pk, [uuid4() for _ in range(11)]
    data = OCTOBER | {"cameras": [str(item) for item in [known, *strangers]], "deer": [str(known)]}
    first, second = messages(report_spec, data)
    ten = ", ".join(str(item) for item in strangers[:10])
    assert first == f"11 of the 12 cameras do not exist: {ten}, ..."
    assert second == f"1 of the 1 deer do not exist: {known}"
    assert refused(report_spec, data) == [("not_found", "cameras"), ("not_found", "deer")]


# --- archives -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_archive_has_defaults_and_takes_each_id_once_in_order():
    ids = [make.detection().pk for _ in range(3)]
    asked = [str(ids[2]), str(ids[0]), ids[2].hex, str(ids[1]).upper()]
    spec = archive_spec({"detection_ids": asked}, TODAY)
    title = "Crops of 3 detections"
    assert spec == ArchiveSpec((ids[2], ids[0], ids[1]), True, True, 300, title)
    assert ArchiveSpec.from_json(spec.to_json()) == spec


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, [("required", "detection_ids")]),
        ({"detection_ids": []}, [("out_of_range", "detection_ids")]),
        ({"detection_ids": "all"}, [("invalid", "detection_ids")]),
        ({"filter": "all"}, [("invalid", "filter")]),
        ({"filter": {}, "crop_size": 127}, [("out_of_range", "crop_size")]),
        ({"filter": {}, "crop_size": 1025}, [("out_of_range", "crop_size")]),
        ({"filter": {}, "crop_size": "big"}, [("invalid", "crop_size")]),
        ({"filter": {}, "format": "rar"}, [("invalid", "format")]),
        (
            {"filter": {}, "include_crops": False, "include_metadata_csv": False},
            [("conflict", "include_crops")],
        ),
        ({"filter": {"colour": "red"}}, [("unknown_field", "filter.colour")]),
        ({"filter": {"end_date": "2025-10-31"}}, [("required", "filter.start_date")]),
        (
            {"filter": {"start_date": "2025-12-02", "end_date": "2025-12-01"}},
            [
                ("VR-001", "filter.end_date"),
                ("VR-004", "filter.start_date"),
                ("VR-005", "filter.end_date"),
            ],
        ),
        ({"filter": {"cameras": [str(UUID(int=1))]}}, [("not_found", "filter.cameras")]),
        ({"filter": {"classifications": ["vehicle"]}}, [("invalid", "filter.classifications")]),
        ({"filter": {}}, [("not_found", "filter")]),
    ],
)
def test_an_archive_is_refused(data, expected):
    assert refused(archive_spec, data) == expected


@pytest.mark.django_db
def test_ids_and_filter_exclude_each_other():
    data = {"detection_ids": [str(make.detection().pk)], "filter": {}}
    assert messages(archive_spec, data) == [build_spec.NAMED_TWICE]


def test_more_ids_than_may_be_named_are_refused_before_they_are_looked_up():
    data = {"detection_ids": [str(UUID(int=number)) for number in range(MAX_DETECTIONS + 1)]}
    assert messages(archive_spec, data) == [
        "detection_ids: These are 10001 ids: name at most 10,000."
    ]


@pytest.mark.django_db
def test_as_many_ids_as_may_be_named_are_looked_up(django_assert_num_queries):
    known = make.detection().pk
    ids = [str(known), *(str(UUID(int=number)) for number in range(MAX_DETECTIONS - 1))]
    with django_assert_num_queries(1):
        (text,) = messages(archive_spec, {"detection_ids": ids})
    assert text.startswith("9999 of the 10000 detection_ids do not exist: 00000000-")
    assert text.endswith("-000000000009, ...")


@pytest.mark.django_db
@pytest.mark.parametrize("private", ["person", "vehicle"])
def test_people_and_vehicles_do_not_exist(private):
    ids = [
        make.detection(classification=private).pk,
        make.detection(corrected_classification=private).pk,
    ]
    data = {"detection_ids": [str(item) for item in ids]}
    assert refused(archive_spec, data) == [("not_found", "detection_ids")]


@pytest.mark.django_db
def test_a_filter_finds_valid_deer_of_the_local_days_oldest_first(settings):
    settings.TIME_ZONE = "America/Chicago"  # NOON is 07:00 there

    def shot(**fields):
        hours = fields.pop("hours", 0.0)
        image = make.image(captured_at=make.later(hours=hours), camera=fields.pop("camera", None))
        return make.detection(image=image, **fields).pk

    camera, deer = make.camera(), make.deer()
    early, late = shot(hours=-7.1), shot(hours=17.1)  # 23:54 the day before, 00:06 the day after
    last_minute = shot(hours=16.9, camera=camera)
    first = shot(hours=-6.9, deer=deer)
    corrected = shot(classification="coyote", corrected_classification="buck")
    coyote = shot(classification="coyote")
    shot(is_valid=False)
    shot(classification="person")
    untimed = make.detection(image=make.image(captured_at=None)).pk

    def find(**chosen):
        return archive_spec({"filter": chosen}, TODAY).detection_ids

    to_the_day = {"start_date": "2025-09-30", "end_date": "2025-10-01"}
    from_the_day = {"start_date": "2025-10-01", "end_date": "2025-10-02"}
    assert find(**to_the_day) == (early, first, corrected, last_minute)
    assert find(**from_the_day) == (first, corrected, last_minute, late)
    assert set(find()) == {early, first, corrected, last_minute, late, untimed}
    assert find(**to_the_day, classifications=["coyote"]) == (coyote,)
    assert find(cameras=[str(camera.pk)]) == (last_minute,)
    assert find(deer=[str(deer.pk)]) == (first,)
    assert find(classifications=["buck"]) == (corrected,)


@pytest.mark.django_db
def test_a_filter_that_finds_too_many_is_refused(monkeypatch):
    for _ in range(3):
        make.detection()
    monkeypatch.setattr(build_spec, "MAX_DETECTIONS", 3)
    assert len(archive_spec({"filter": {}}, TODAY).detection_ids) == 3
    monkeypatch.setattr(build_spec, "MAX_DETECTIONS", 2)
    assert messages(archive_spec, {"filter": {}}) == [build_spec.FILTER_FINDS_TOO_MANY]


def test_codes_are_the_documented_ones():
    assert {
        rules.REQUIRED,
        rules.INVALID,
        rules.UNKNOWN_FIELD,
        rules.NOT_FOUND,
        rules.OUT_OF_RANGE,
        rules.CONFLICT,
    } == {"required", "invalid", "unknown_field", "not_found", "out_of_range", "conflict"}


def test_fields_can_be_written_back():
    ids = fields.IdListField(max_items=2)
    assert ids.to_representation((UUID(int=1),)) == ["00000000-0000-0000-0000-000000000001"]
    assert fields.ClassificationsField().to_representation(("buck",)) == ["buck"]
