"""Imports end to end: real photographs in, rows out, and what a second import does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags
from PIL import Image as PILImage

from reid.importing import batches, detections
from reid.importing import report as import_report
from reid.importing.clocks import times
from reid.importing.detections import import_detections
from reid.importing.formats import registry
from reid.importing.formats.detectors.entries import BELOW_CONFIDENCE, NOTE_FAILED
from reid.importing.options import ImportOptions
from reid.importing.reading import check_rows, prepare
from reid.importing.reading.files import BESIDE
from reid.importing.rows import NOT_A_DEER, RefusalReason, SourceProblem
from reid.models import (
    Camera,
    Deer,
    Detection,
    Encounter,
    IdentityEvent,
    Image,
    Operation,
    Sighting,
)
from reid.reviewing.undoing import undo
from reid.tests import make

if TYPE_CHECKING:
    from reid.importing.report import ImportReport

pytestmark = pytest.mark.django_db
NOON = "2025-10-01 12:00:00"


@pytest.fixture
def user(django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ranger")


class Cards:
    """A folder of photographs with a table beside them, outside the media root."""

    def __init__(self, folder: Path, user: Any) -> None:
        self.folder = folder
        self.user = user
        self.seed = 0

    def photograph(self, path: str, **exif: str) -> None:
        """A photograph of 320 x 240 like no other, with these EXIF tags."""
        self.seed += 1
        tags = PILImage.Exif()
        for name, value in exif.items():
            tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base[name]] = value
        make.photograph("new.jpg", seed=self.seed, exif=tags)
        from django.conf import settings

        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (Path(settings.MEDIA_ROOT) / "new.jpg").rename(self.folder / path)

    def table(self, columns: str, *lines: str, draw: bool = True) -> Path:
        """The CSV; the photographs of its first column are drawn where they are not there."""
        for line in lines if draw else ():
            if not (self.folder / line.split(",")[0]).exists():
                self.photograph(line.split(",")[0])
        file = self.folder / "detections.csv"
        file.write_text("\n".join([columns, *lines]) + "\n")
        return file

    def bring(self, source: Path | None = None, **options: Any) -> ImportReport:
        file = source or self.folder / "detections.csv"
        return import_detections(file, actor=self.user, options=ImportOptions(**options))


@pytest.fixture
def cards(tmp_path: Path, media_root: Path, user: Any) -> Cards:
    (tmp_path / "cards").mkdir()
    return Cards(tmp_path / "cards", user)


COLUMNS = "path,captured_at,camera,x,y,width,height,classification,confidence,deer,sighting,flank"


def test_a_table_becomes_rows(cards: Cards, media_root: Path, settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    cards.table(
        COLUMNS,
        f"oak/a.jpg,{NOON},oak,10,20,100,120,buck,0.8,Ada,7,left",
        f"oak/a.jpg,{NOON},oak,150,20,400,400,doe,0.5,,,",
    )
    report = cards.bring()
    assert (report.detections, report.images, report.cameras, report.deer) == (2, 1, 1, 1)
    image = Image.objects.get()
    assert (image.path, image.width, image.height) == ("cards/oak/a.jpg", 320, 240)
    assert image.captured_at == datetime(2025, 10, 1, 17, 0, tzinfo=UTC)
    assert image.camera == Camera.objects.get(name="oak")
    assert (media_root / image.path).read_bytes() == (cards.folder / "oak/a.jpg").read_bytes()
    first, second = Detection.objects.order_by("x")
    assert (first.x, first.y, first.width, first.height) == (10, 20, 100, 120)
    assert (first.effective_class, first.confidence, first.flank) == ("buck", 0.8, "left")
    assert (first.deer, first.identity_source) == (Deer.objects.get(name="Ada"), "imported")
    assert (second.width, second.height) == (170, 220)  # clamped to the photograph
    assert (second.deer, second.identity_source) == (None, "none")
    assert (first.sighting and first.sighting.label, second.sighting and second.sighting.label) == (
        "7",
        "",
    )
    assert Encounter.objects.get().images.get() == image


def test_an_identity_is_logged_and_enrolled_in_the_users_name(cards: Cards) -> None:
    cards.table("path,deer", "a.jpg,Ada", "b.jpg,")
    assert cards.bring().references == 1
    operation = Operation.objects.get()
    assert (operation.kind, operation.selection) == ("import", "import")
    assert (operation.actor, operation.reason) == (cards.user, "import of detections.csv")
    row = Detection.objects.get(deer__name="Ada")
    assert row.is_reference
    events = {event.field: (event.before, event.after) for event in IdentityEvent.objects.all()}
    assert events == {
        "deer": (None, str(row.deer_id)),
        "identity_source": ("none", "imported"),
        "is_reference": (False, True),
    }


def test_an_import_without_identities_leaves_no_operation(cards: Cards) -> None:
    cards.table("path", "a.jpg")
    cards.bring()
    assert Detection.objects.count() == 1
    assert not Operation.objects.exists()


def state() -> dict[str, list[Any]]:
    """Every row of everything an import writes."""
    models = (Camera, Deer, Image, Detection, Encounter, Sighting, Operation, IdentityEvent)
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


def test_a_second_import_changes_nothing_and_says_so(cards: Cards) -> None:
    cards.table(COLUMNS, f"a.jpg,{NOON},oak,,,,,,,Ada,7,left", "b.jpg,,,,,,,doe,1,,,")
    cards.bring()
    before = state()
    report = cards.bring()
    assert state() == before
    assert (report.detections, report.images, report.updated) == (0, 0, 0)
    assert report.skipped == {import_report.ALREADY: 2}
    assert report.could_read


def test_a_dry_run_reports_the_same_and_keeps_nothing(cards: Cards, media_root: Path) -> None:
    cards.table("path,deer,camera", "a.jpg,Ada,oak", "missing.jpg,Ada,oak", "b.jpg,Bob,oak")
    (cards.folder / "missing.jpg").unlink()
    empty = state()
    tried = cards.bring(dry_run=True)
    assert state() == empty
    assert list(media_root.iterdir()) == []
    done = cards.bring()
    assert tried.dry_run and not done.dry_run
    for name in ("detections", "images", "deer", "cameras", "references", "refused", "refusals"):
        assert getattr(tried, name) == getattr(done, name)
    assert done.detections == 2


def test_bad_rows_and_images_are_told_by_line_and_lose_nobody(cards: Cards) -> None:
    cards.table(
        "path,x,y,width,height,captured_at,confidence",
        "good.jpg,0,0,100,100,,",
        "gone.jpg,0,0,100,100,,",
        "broken.jpg,0,0,100,100,,",
        "box.jpg,320,0,100,100,,",
        "flat.jpg,0,0,0,100,,",
        "time.jpg,0,0,9,9,yesterday,",
        "sure.jpg,0,0,9,9,,2",
        "../out.jpg,0,0,9,9,,",
        "last.jpg,0,0,100,100,,",
    )
    (cards.folder / "gone.jpg").unlink()
    whole = (cards.folder / "broken.jpg").read_bytes()
    (cards.folder / "broken.jpg").write_bytes(whole[:-100])
    report = cards.bring()
    assert {refusal.line: refusal.reason for refusal in report.refusals} == {
        3: RefusalReason.MISSING,
        4: RefusalReason.UNREADABLE,
        5: RefusalReason.OUTSIDE,
        6: RefusalReason.OUTSIDE,
        7: RefusalReason.TIME,
        8: RefusalReason.ROW,
        9: RefusalReason.PATH,
    }
    assert sum(report.refused.values()) == 7
    assert sorted(Image.objects.values_list("path", flat=True)) == [
        "cards/good.jpg",
        "cards/last.jpg",
    ]
    assert report.items == 9


def test_nothing_good_is_not_readable(cards: Cards) -> None:
    cards.table("path,confidence", "a.jpg,7")
    assert not cards.bring().could_read


def test_every_item_is_counted_once(cards: Cards) -> None:
    cards.table("path,deer", "a.jpg,Ada", "a.jpg,Ada", "a.jpg,Bob", "b.jpg,")
    report = cards.bring()
    assert (report.detections, report.skipped) == (2, {import_report.REPEATED: 1})
    (refusal,) = report.refusals
    assert refusal.reason is RefusalReason.CONFLICT
    assert refusal.text == check_rows.OTHER_DEER.format(deer="Ada", where="on line 2")
    assert report.items == 4


def test_one_photograph_has_one_camera_and_time(cards: Cards) -> None:
    cards.table("path,camera,x,y,width,height", "a.jpg,oak,0,0,9,9", "a.jpg,elm,9,9,9,9")
    (refusal,) = cards.bring().refusals
    assert (refusal.line, refusal.text) == (3, check_rows.OTHER_CAMERA.format(where="on line 2"))


def test_a_line_that_leaves_camera_and_time_out_contradicts_nobody(cards: Cards) -> None:
    """Spreadsheets have them once for the boxes of a photograph, and the cells below are blank."""
    head = "path,camera,captured_at,x,y,width,height"
    cards.table(
        head,
        "a.jpg,oak,2025-10-01 12:00:00,0,0,9,9",
        "a.jpg,,,9,9,9,9",
        "b.jpg,,,0,0,9,9",
        "b.jpg,elm,2025-10-02 12:00:00,9,9,9,9",
    )
    assert not cards.bring(time_zone="UTC").refusals
    rows = Image.objects.order_by("path").values_list("camera__name", "captured_at__day")
    assert list(rows) == [("oak", 1), ("elm", 2)]


def test_what_a_later_line_has_first_is_compared_with_those_behind_it(cards: Cards) -> None:
    cards.photograph("a.jpg", DateTimeOriginal="2024:01:01 12:00:00")
    lines = ("a.jpg,,,0,0,9,9", "a.jpg,oak,2025-10-01 12:00:00,9,9,9,9")
    others = ("a.jpg,oak,2025-10-02 12:00:00,20,9,9,9", "a.jpg,elm,,40,9,9,9")
    cards.table("path,camera,captured_at,x,y,width,height", *lines, *others)
    refusals = cards.bring(time_zone="UTC").refusals
    assert [refusal.line for refusal in refusals] == [4, 5]
    image = Image.objects.get()
    assert image.captured_at == datetime(2025, 10, 1, 12, tzinfo=UTC)
    assert image.time_source == Image.TimeSource.COLUMN


def test_names_that_cannot_be_stored_are_refused(cards: Cards) -> None:
    cards.table("path,deer", f"a.jpg,{'x' * 101}", "b.jpg,A\x07da")
    report = cards.bring()
    expected = prepare.BAD_TEXT.format(what="deer", longest=100)
    assert [refusal.text for refusal in report.refusals] == [expected] * 2


def test_a_copy_of_a_photograph_is_skipped(cards: Cards) -> None:
    cards.photograph("a.jpg")
    (cards.folder / "b.jpg").write_bytes((cards.folder / "a.jpg").read_bytes())
    cards.table("path,deer", "a.jpg,Ada", "b.jpg,Ada")
    assert cards.bring().skipped == {import_report.COPY: 1}
    cards.table("path", "b.jpg")
    assert cards.bring().skipped == {import_report.COPY: 1}
    assert Image.objects.get().path == "cards/a.jpg"


# --- capture time ---------------------------------------------------------------------------------


def hours(cards: Cards, **options: Any) -> dict[str, str | None]:
    """When each photograph was taken, in UTC, by its stem."""
    cards.bring(**options)
    return {
        Path(path).stem: f"{time:%d %H:%M}" if time else None
        for path, time in Image.objects.values_list("path", "captured_at")
    }


def test_time_is_the_column_else_exif_else_the_pattern_else_unknown(cards: Cards) -> None:
    cards.photograph("20251003_030000.jpg", DateTimeOriginal="2025:10:02 02:00:00")
    cards.photograph("20251003_040000.jpg", DateTimeOriginal="2025:10:02 02:00:00")
    cards.table(
        "path,captured_at",
        "20251003_030000.jpg,2025-10-01 01:00:00",
        "20251003_040000.jpg,",
        "20251003_050000.jpg,",
        "none.jpg,",
    )
    pattern = r"(?P<captured_at>\d{8}_\d{6})"
    assert hours(cards, finders={"captured_at": pattern}) == {
        "20251003_030000": "01 01:00",
        "20251003_040000": "02 02:00",
        "20251003_050000": "03 05:00",
        "none": None,
    }


def test_untimed_photographs_are_counted(cards: Cards) -> None:
    cards.table("path,captured_at", "a.jpg,", f"b.jpg,{NOON}")
    assert cards.bring().untimed == 1
    assert Encounter.objects.filter(started_at=None).count() == 1


def test_zones_are_the_cameras_else_the_imports_else_the_ranchs(cards: Cards, settings) -> None:
    settings.TIME_ZONE = "America/Denver"
    make.camera("paris", time_zone="Europe/Paris")
    cards.photograph(
        "exif.jpg", DateTimeOriginal="2025:10:01 12:00:00", OffsetTimeOriginal="+09:00"
    )
    cards.table(
        "path,captured_at,camera", f"p.jpg,{NOON},paris", f"n.jpg,{NOON},new", "exif.jpg,,new"
    )
    assert hours(cards, time_zone="America/New_York") == {
        "p": "01 10:00",
        "n": "01 16:00",
        "exif": "01 03:00",
    }
    assert Camera.objects.get(name="new").time_zone == "America/New_York"
    cards.table("path,captured_at,camera", f"later.jpg,{NOON},new", f"ranch.jpg,{NOON},")
    assert hours(cards).items() >= {"later": "01 16:00", "ranch": "01 18:00"}.items()


def test_a_wrong_clock_is_corrected_for_its_camera_alone(cards: Cards) -> None:
    cards.table("path,captured_at,camera", f"a.jpg,{NOON},oak", f"b.jpg,{NOON},elm")
    report = cards.bring(clock_offsets={"oak": -3600.0, "aok": 1.0})
    assert report.unused_offsets == ("aok",)
    times = dict(Image.objects.values_list("camera__name", "captured_at"))
    assert times == {
        "oak": datetime(2025, 10, 1, 11, tzinfo=UTC),
        "elm": datetime(2025, 10, 1, 12, tzinfo=UTC),
    }


def test_a_camera_with_a_zone_of_nowhere_is_told(cards: Cards) -> None:
    make.camera("oak", time_zone="Mars/Olympus")
    cards.table("path,captured_at,camera", f"a.jpg,{NOON},oak")
    (refusal,) = cards.bring().refusals
    expected = times.UNKNOWN_ZONE.format(name="Mars/Olympus", of=" of camera oak")
    assert refusal.text == expected


# --- a second import that knows more, or other ----------------------------------------------------


def test_what_was_unknown_is_added(cards: Cards) -> None:
    cards.table("path,captured_at,camera,deer,sighting,flank", "a.jpg,,,,,", "b.jpg,,,,,")
    cards.bring()
    cards.table("path,captured_at,camera,deer,sighting,flank", f"a.jpg,{NOON},oak,Ada,7,left")
    report = cards.bring()
    assert (report.detections, report.updated) == (0, 1)
    row = Detection.objects.get(image__path="cards/a.jpg")
    assert (row.flank, row.identity_source, row.is_reference) == ("left", "imported", True)
    assert row.effective_class == "unknown_deer"  # an animal before it had a name
    assert row.sighting is not None and row.sighting.label == "7"
    assert row.image.camera == Camera.objects.get()
    assert row.image.encounter is not None and row.image.encounter.camera == row.image.camera
    assert row.image.encounter.started_at == row.image.captured_at is not None
    assert Encounter.objects.count() == Sighting.objects.count() == 2


def test_a_flank_is_added_over_a_guess_and_never_over_a_review(cards: Cards) -> None:
    cards.table("path,flank", "a.jpg,", "b.jpg,", "c.jpg,left")
    cards.bring()
    for name, source in (("a", "guessed"), ("b", "reviewed")):
        row = Detection.objects.filter(image__path=f"cards/{name}.jpg")
        row.update(flank="right", flank_source=source)
    cards.table("path,flank", "a.jpg,left", "b.jpg,left", "c.jpg,right")
    assert cards.bring().updated == 1
    rows = Detection.objects.order_by("image__path").values_list("flank", "flank_source")
    assert list(rows) == [("left", "imported"), ("right", "reviewed"), ("left", "imported")]


def test_a_reference_whose_flank_becomes_known_asks_for_that_place(cards: Cards) -> None:
    columns = "path,captured_at,camera,deer,flank"
    cards.table(columns, f"a.jpg,{NOON},oak,Ada,", f"b.jpg,{NOON},oak,Ada,left")
    cards.bring()
    assert Detection.objects.filter(is_reference=True).count() == 2
    cards.table("path,flank", "a.jpg,left")
    cards.bring()
    rows = Detection.objects.order_by("image__path")
    assert [row.is_reference for row in rows] == [False, True]
    assert [row.scores_stale for row in rows] == [True, False]


def test_what_was_known_is_not_changed(cards: Cards) -> None:
    cards.table(
        "path,captured_at,camera,sighting,flank,classification", f"a.jpg,{NOON},oak,7,left,doe"
    )
    cards.bring()
    before = state()
    cards.table(
        "path,captured_at,camera,sighting,flank,classification",
        "a.jpg,2020-01-01 00:00:00,elm,8,right,buck",
    )
    report = cards.bring(clock_offsets={"elm": 5.0})
    assert (report.skipped, report.unused_offsets) == ({import_report.ALREADY: 1}, ())
    assert state() == before


def test_another_deer_replaces_an_imported_one_and_is_logged(cards: Cards) -> None:
    cards.table("path,deer", "a.jpg,Ada")
    cards.bring()
    cards.table("path,deer", "a.jpg,Bob")
    assert cards.bring().updated == 1
    row = Detection.objects.get()
    assert (row.deer and row.deer.name, row.is_reference) == ("Bob", True)
    change = IdentityEvent.objects.filter(field="deer").latest("pk")
    assert (change.before, change.after) == (
        str(Deer.objects.get(name="Ada").pk),
        str(row.deer_id),
    )
    assert Operation.objects.count() == 2


def test_a_reference_that_an_import_drops_is_logged_and_comes_back_with_an_undo(
    cards: Cards, user: Any
) -> None:
    cards.table("path,deer", "a.jpg,Ada")
    cards.bring()
    cards.table("path,deer", "a.jpg,Bob")
    cards.bring()
    undo(operation=Operation.objects.latest("created_at").pk, actor=user)
    detection = Detection.objects.select_related("deer").get()
    assert detection.deer
    assert (detection.deer.name, detection.is_reference) == ("Ada", True)


def test_an_imported_deer_replaces_the_machines_guess(cards: Cards) -> None:
    cards.table("path,deer", "a.jpg,")
    cards.bring()
    Detection.objects.update(deer=make.deer("Bob"), identity_source="auto")
    cards.table("path,deer", "a.jpg,Ada")
    assert cards.bring().updated == 1
    row = Detection.objects.get()
    assert (row.deer and row.deer.name, row.identity_source) == ("Ada", "imported")


def test_a_reviewed_identity_is_never_changed(cards: Cards) -> None:
    cards.table("path,deer", "a.jpg,Ada")
    cards.bring()
    Detection.objects.update(identity_source="reviewed")
    assert cards.bring().skipped == {import_report.ALREADY: 1}
    before = state()["Detection"]
    cards.table("path,deer", "a.jpg,Bob")
    assert cards.bring().skipped == {import_report.REVIEWED: 1}
    assert state()["Detection"] == before


def test_a_deers_name_for_what_is_known_to_be_none_is_refused(cards: Cards) -> None:
    cards.table("path,classification", "a.jpg,cow")
    cards.bring()
    cards.table("path,deer", "a.jpg,Ada")
    (refusal,) = cards.bring().refusals
    assert refusal.text == NOT_A_DEER.format(name="cattle", deer="Ada")
    assert Detection.objects.get().deer is None


def test_a_merged_deers_name_means_the_one_it_became(cards: Cards) -> None:
    survivor = make.deer("Ada")
    make.deer("Old Ada", merged_into=survivor)
    cards.table("path,deer", "a.jpg,Old Ada")
    assert cards.bring().deer == 0
    assert Detection.objects.get().deer == survivor


def test_an_import_that_was_broken_off_is_finished_by_repeating_it(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards.table("path,deer,sighting", "a.jpg,Ada,7", "b.jpg,Ada,7")
    with monkeypatch.context() as patch:
        patch.setattr("reid.importing.writing.writer.ImportWriter.flush", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cards.bring()
    assert Detection.objects.filter(sighting=None).count() == 2
    assert cards.bring().references == 1
    assert Sighting.objects.get().detections.count() == 2


def test_an_import_broken_off_over_what_is_stored_is_finished_by_repeating_it(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a first import left out (a time, a deer) must reach encounters and references too."""
    cards.table("path,camera", "a.jpg,oak", "b.jpg,oak")
    cards.bring()
    cards.table("path,camera,captured_at,deer", *(f"{n}.jpg,oak,{NOON},Ada" for n in "ab"))
    with monkeypatch.context() as patch:
        patch.setattr("reid.importing.writing.pending.regroup", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cards.bring()
    cards.bring()
    assert Encounter.objects.get().started_at == datetime(2025, 10, 1, 12, tzinfo=UTC)
    assert Detection.objects.filter(is_reference=True).count() == 1


# --- other sources and places ---------------------------------------------------------------------


def test_a_folder_a_deer_untimed(cards: Cards) -> None:
    for name in ("Ada/1_left.jpg", "Ada/1_right.jpg", "Ada/2_left.jpg", "Bob/1_left.jpg"):
        cards.photograph(name)
    finders = {"sighting": r"/(?P<sighting>\d+)_", "flank": "_(?P<flank>left|right)"}
    report = cards.bring(cards.folder, finders=finders, folders="deer")
    assert (report.detections, report.untimed, report.deer, report.references) == (4, 4, 2, 4)
    labels = Sighting.objects.order_by("label").values_list("label", flat=True)
    assert list(labels) == ["Ada/1", "Ada/2", "Bob/1"]
    assert Encounter.objects.count() == 3
    box = Detection.objects.values_list("x", "y", "width", "height").distinct().get()
    assert box == (0, 0, 320, 240)


def test_a_folder_a_deer_without_names_is_one_encounter_a_folder(cards: Cards) -> None:
    for name in ("Ada/1.jpg", "Ada/2.jpg", "Bob/1.jpg"):
        cards.photograph(name)
    assert cards.bring(cards.folder, folders="deer").references == 2  # one an encounter
    assert Encounter.objects.count() == Sighting.objects.count() == 2


def test_a_megadetector_file(cards: Cards) -> None:
    for name in ("oak/a.jpg", "oak/empty.jpg"):
        cards.photograph(name)
    box = {"category": "1", "conf": 0.9, "bbox": [0.25, 0.5, 0.25, 0.5]}
    document = {
        "info": {"format_version": "1.5"},
        "detection_categories": {"1": "animal", "2": "person"},
        "images": [
            {"file": "oak/a.jpg", "detections": [box, box | {"category": "2", "bbox": [0, 0, 0.1, 0.1]}]},
            {"file": "oak/a.jpg", "detections": [box | {"conf": 0.1}]},
            {"file": "oak/empty.jpg", "detections": []},
            {"file": "oak/b.jpg", "failure": "Failure image access", "detections": None},
        ],
    }  # fmt: skip
    file = cards.folder / "detections.json"
    file.write_text(json.dumps(document))
    report = cards.bring(file, finders={"camera": "^(?P<camera>[^/]+)/"})
    assert (report.detections, report.images, report.empty) == (2, 2, 1)
    assert report.notes == {NOTE_FAILED: 1}  # whether its file is there or not
    assert report.refused == {RefusalReason.MISSING.value: 1}
    assert "oak/b.jpg: the detector failed: Failure image access" in report.warnings
    animal, person = Detection.objects.order_by("-x")
    assert (animal.x, animal.y, animal.width, animal.height) == (80, 120, 80, 120)
    assert (animal.effective_class, person.effective_class) == ("animal", "person")
    assert animal.image.camera == Camera.objects.get(name="oak")
    assert animal.sighting != person.sighting
    assert Image.objects.get(path="cards/oak/empty.jpg").encounter is None
    assert report.skipped == {BELOW_CONFIDENCE: 1, import_report.ALREADY: 1}
    again = cards.bring(file, min_confidence=0.05)
    assert again.detections == 0
    assert again.skipped == {import_report.ALREADY: 3, import_report.REPEATED: 1}


def test_files_below_the_media_root_are_used_in_place(media_root: Path, user: Any) -> None:
    make.photograph("north/a.jpg")
    (media_root / "north" / "detections.csv").write_text("path\na.jpg\n")
    source = media_root / "north" / "detections.csv"
    assert import_detections(source, actor=user).detections == 1
    assert Image.objects.get().path == "north/a.jpg"
    assert [file.name for file in media_root.rglob("*.jpg")] == ["a.jpg"]


def test_paths_are_relative_to_the_root_that_is_given(cards: Cards, tmp_path: Path) -> None:
    cards.table("path", "a.jpg")
    moved = (cards.folder / "detections.csv").rename(tmp_path / "elsewhere.csv")
    assert cards.bring(moved, root=cards.folder, collection="autumn").detections == 1
    assert Image.objects.get().path == "autumn/a.jpg"


def test_a_stored_file_of_another_content_is_not_overwritten(
    cards: Cards, media_root: Path
) -> None:
    cards.table("path", "a.jpg")
    (media_root / "cards").mkdir()
    (media_root / "cards" / "a.jpg").write_bytes(b"another")
    assert cards.bring().detections == 1
    assert (media_root / "cards" / "a.jpg").read_bytes() == b"another"
    image = Image.objects.get()
    assert image.path == f"cards/a-{image.sha256[:12]}.jpg"
    stored = (media_root / image.path).read_bytes()
    assert stored == (cards.folder / "a.jpg").read_bytes()


def test_files_of_one_name_are_kept_apart_in_any_collection(cards: Cards, tmp_path: Path) -> None:
    cards.table("path", "a.jpg")
    cards.bring()
    other = Cards(tmp_path / "more" / "cards", cards.user)
    other.folder.mkdir(parents=True)
    other.seed = 9
    other.table("path", "a.jpg", "b.jpg")
    report = other.bring()  # a.jpg has the name of a stored photograph, and other bytes
    assert (report.detections, report.images, report.refused) == (2, 2, {})
    assert report.notes == {BESIDE: 1}
    assert other.bring().skipped == {import_report.ALREADY: 2}
    assert other.bring(collection="more").skipped == {import_report.COPY: 2}
    apart = Image.objects.exclude(path__in=["cards/a.jpg", "cards/b.jpg"]).get()
    assert apart.path == f"cards/a-{apart.sha256[:12]}.jpg"


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "crops", "a\\b", "a\n"])
def test_a_collection_has_a_plain_name(cards: Cards, name: str) -> None:
    cards.table("path", "a.jpg")
    with pytest.raises(SourceProblem) as problem:
        cards.bring(collection=name)
    assert str(problem.value) == detections.BAD_COLLECTION.format(name=name)


def test_a_source_or_root_that_is_not_there_is_refused(cards: Cards, tmp_path: Path) -> None:
    with pytest.raises(SourceProblem) as problem:
        cards.bring(tmp_path / "no.csv")
    assert str(problem.value) == registry.NO_SOURCE.format(path="no.csv")
    cards.table("path", "a.jpg")
    with pytest.raises(SourceProblem) as problem:
        cards.bring(root=tmp_path / "no")
    assert str(problem.value) == detections.NO_ROOT.format(path="no")


def test_a_zone_of_nowhere_is_refused_at_once(cards: Cards) -> None:
    cards.table("path", "a.jpg")
    for name in ("Mars/Olympus", "../etc/passwd"):
        with pytest.raises(SourceProblem) as problem:
            cards.bring(time_zone=name)
        assert str(problem.value) == times.UNKNOWN_ZONE.format(name=name, of="")


# --- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("batch", "flush"), [(1, 1), (2, 3), (500, 5000)])
def test_batches_do_not_show_in_the_result(
    cards: Cards, monkeypatch: pytest.MonkeyPatch, batch: int, flush: int
) -> None:
    monkeypatch.setattr(batches, "BATCH", batch)
    monkeypatch.setattr(detections, "FLUSH", flush)
    cards.table(
        "path,captured_at,camera,x,y,width,height,deer,sighting,classification",
        *(
            f"{minute}.jpg,2025-10-01 12:{minute:02}:00,oak,{left},0,60,60,{deer},{deer},doe"
            for minute in (30, 0, 2, 32, 1)
            for left, deer in ((0, "Ada"), (100, "Bob"))
        ),
    )
    seen: list[tuple[int, int | None]] = []
    source = cards.folder / "detections.csv"
    report = import_detections(source, actor=cards.user, progress=lambda *done: seen.append(done))
    assert (report.detections, report.images, report.references) == (10, 5, 4)
    assert seen[-1] == (10, 10)
    groups = Sighting.objects.order_by("encounter__started_at", "label")
    assert [(group.label, group.detections.count()) for group in groups] == [
        ("Ada", 3), ("Bob", 3), ("Ada", 2), ("Bob", 2),
    ]  # fmt: skip
    assert Operation.objects.count() == 1


def test_its_queries_do_not_grow_with_the_rows(cards: Cards, django_assert_max_num_queries) -> None:
    cards.table("path,camera,deer", *(f"{n}.jpg,oak,Ada" for n in range(90)))
    with django_assert_max_num_queries(90):
        assert cards.bring().detections == 90


def test_nor_do_they_where_everything_is_stored(
    cards: Cards, django_assert_max_num_queries
) -> None:
    cards.table("path", *(f"{n}.jpg" for n in range(90)))
    cards.bring()
    cards.table("path,camera,captured_at,deer", *(f"{n}.jpg,oak,{NOON},Ada" for n in range(90)))
    # Some are asked by the clock (does the run go on?), so that a slow machine sees a few more.
    with django_assert_max_num_queries(90):
        assert cards.bring().updated == 90
