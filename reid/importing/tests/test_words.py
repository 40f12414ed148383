"""Words of sources: classes that are read through one vocabulary, texts that are no names, spellings of one name."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing import batches
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.reading import labels, words
from reid.importing.reading.labels import read_labels
from reid.importing.report import WordCount
from reid.importing.rows import NOT_A_DEER, SourceProblem
from reid.importing.writing import alike, contradictions
from reid.models import (
    Camera,
    ClassLabel,
    Deer,
    Detection,
    Encounter,
    IdentityEvent,
    Import,
    ImportProblem,
)
from reid.reviewing.merging import merge
from reid.taxonomy import Classification
from reid.tests import make
from reid.wording import Number

if TYPE_CHECKING:
    from reid.importing.report import ImportReport

pytestmark = pytest.mark.django_db


class Card:
    """A folder of photographs with a source beside them."""

    def __init__(self, folder: Path, user: Any) -> None:
        self.folder = folder
        self.user = user

    def draw(self, *paths: str) -> None:
        from django.conf import settings

        for path in paths:
            target = self.folder / path
            if not target.exists():
                make.photograph("new.jpg", seed=zlib.crc32(path.encode()))
                target.parent.mkdir(parents=True, exist_ok=True)
                (Path(settings.MEDIA_ROOT) / "new.jpg").rename(target)

    def table(self, columns: str, *lines: str, **options: Any) -> ImportReport:
        self.draw(*(line.split(",")[0] for line in lines))
        file = self.folder / "table.csv"
        file.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
        return self.bring(file, **options)

    def detector(self, *species: str, **options: Any) -> ImportReport:
        """One photograph a species, as MegaDetector's output has it."""
        names = [f"{number}.jpg" for number in range(len(species))]
        self.draw(*names)
        document = {
            "info": {"format_version": "1.5", "detector": "md_v5a"},
            "detection_categories": {"1": "animal", "2": "human"},
            "classification_categories": {str(n): name for n, name in enumerate(species)},
            "images": [
                {"file": name, "detections": [{"category": "1", "conf": 0.9, "bbox": [0.1, 0.1, 0.5, 0.5],
                                               "classifications": [[str(number), 0.9]]}]}
                for number, name in enumerate(names)
            ],
        }  # fmt: skip
        file = self.folder / "detections.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return self.bring(file, **options)

    def bring(self, source: Path, *, progress: Any = None, **options: Any) -> ImportReport:
        given = ImportOptions(**options)
        return import_detections(source, actor=self.user, options=given, progress=progress)


@pytest.fixture
def card(tmp_path: Path, media_root: Path, django_user_model: Any) -> Card:
    (tmp_path / "card").mkdir()
    return Card(tmp_path / "card", django_user_model.objects.create(username="ranger"))


def classes() -> list[str]:
    return list(Detection.objects.order_by("image__path").values_list("classification", flat=True))


def deer_of(*paths: str) -> list[str | None]:
    rows = dict(Detection.objects.values_list("image__path", "deer__name"))
    return [rows[f"card/{path}"] for path in paths]


# --- classes ----------------------------------------------------------------------------------------


def test_what_a_classifier_is_unsure_of_may_still_be_a_deer(card: Card) -> None:
    species = ("white-tailed deer", "cervidae family", "odocoileus species", "even-toed ungulate",
               "mammal", "animal", "wild boar", "human")  # fmt: skip
    report = card.detector(*species)
    assert report.detections == 8
    assert classes() == ["unknown_deer", "unknown_deer", "unknown_deer", "animal",
                         "animal", "animal", "pig", "person"]  # fmt: skip
    kept = Detection.objects.order_by("image__path").values_list("source_label", flat=True)
    assert tuple(kept) == species
    assert not report.notes


def test_labels_of_seven_parts_are_read_in_tables_and_detector_files(card: Card) -> None:
    label = "a1;mammalia;cetartiodactyla;cervidae;;;cervidae family"
    card.detector(label)
    card.table("path,classification", f"t.jpg,{label}")
    assert classes() == ["unknown_deer", "unknown_deer"]


def test_an_unknown_word_is_an_animal_and_listed_with_its_count(card: Card) -> None:
    report = card.table(
        "path,classification", "a.jpg,guapo", "b.jpg,guapo", "c.jpg,does", "d.jpg,guapo II"
    )
    assert classes() == ["animal", "animal", "doe", "animal"]
    assert report.words == (
        WordCount("guapo", "animal", 2, is_known=False),
        WordCount("does", "doe", 1, is_known=True),
        WordCount("guapo II", "animal", 1, is_known=False),
    )
    assert report.notes == {words.KIND_CLASS: 2}
    expected = words.UNKNOWN_WORD.format(
        count=Number(2), word="guapo", name="animal", example="guapo"
    )
    assert report.warnings[0] == expected
    assert ImportProblem.objects.filter(severity="warning", text=expected).count() == 1
    assert Import.objects.get().counts["words"][0]["word"] == "guapo"


def test_deer_of_other_kinds_become_other_and_that_is_said(card: Card) -> None:
    report = card.detector("elk", "moose", "elk")
    assert classes() == ["other"] * 3
    assert report.notes == {words.KIND_OTHER_DEER: 2}
    assert "2 detections are called 'elk'" in report.warnings[0]


def test_unknown_is_an_animal_of_a_detector_and_a_deer_in_a_table(card: Card) -> None:
    card.detector("unknown")
    card.table("path,classification", "t.jpg,unknown")
    assert classes() == ["animal", "unknown_deer"]


def test_a_name_says_that_it_is_a_deer_and_contradicts_another_animal(card: Card) -> None:
    report = card.table(
        "path,deer,classification",
        *("a.jpg,Ada,", "b.jpg,Ada,animal", "c.jpg,Ada,unicorn", "d.jpg,Ada,cow"),
    )
    assert classes() == ["unknown_deer"] * 3
    assert [item.text for item in report.refusals] == [NOT_A_DEER.format(name="cattle", deer="Ada")]


def test_a_label_that_is_too_long_or_cannot_be_printed_is_cut(card: Card) -> None:
    card.table("path,classification", f"a.jpg,{'x' * 300}", "b.jpg,red\x07deer")
    kept = Detection.objects.order_by("image__path").values_list("source_label", flat=True)
    assert list(kept) == ["x" * 200, "red deer"]


# --- the ranch's own words --------------------------------------------------------------------------


def test_own_words_are_used_and_kept_for_later_imports(card: Card) -> None:
    given = {"guapo": "buck", "elk": "unknown_deer"}
    assert not card.detector("Guapo", "elk", labels=given, dry_run=True).notes
    assert not ClassLabel.objects.exists()
    card.detector("Guapo", "elk", labels=given)
    assert classes() == ["buck", "unknown_deer"]
    assert dict(ClassLabel.objects.values_list("word", "classification")) == given
    card.table("path,classification", "t.jpg,guapo", labels={"elk": "other"})
    assert classes()[-1] == "buck"
    assert ClassLabel.objects.get(word="elk").classification == "other"


@pytest.mark.parametrize(
    "content",
    [b"word,class\nVenado Macho,buck\nelk,deer\n", "\ufeffVenado_macho;buck\r\nelk;deer\r\n".encode(),
     b"venado macho\tbuck\n\nelk\tunknown_deer\n", b'"venado macho",Mature\nelk,deer'],
)  # fmt: skip
def test_a_file_of_labels_is_read_as_people_write_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    assert read_labels(file) == {"venado macho": "buck", "elk": "unknown_deer"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"elk\n", labels.TWO_CELLS.format(name="labels.csv", line=1, text="elk")),
        (b"a,deer\n,deer\n", labels.TWO_CELLS.format(name="labels.csv", line=2, text=",deer")),
        (b"a,deer,7\n", labels.TWO_CELLS.format(name="labels.csv", line=1, text="a,deer,7")),
        (
            b"a,unicorn\n",
            labels.NO_CLASS.format(
                name="labels.csv", line=1, text="unicorn", known=", ".join(Classification)
            ),
        ),
        (
            b"a,deer\nA,pig\n",
            labels.TWO_CLASSES.format(
                name="labels.csv", line=2, word="A", one="pig", other="unknown_deer"
            ),
        ),
    ],
)
def test_a_bad_file_of_labels_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    with pytest.raises(SourceProblem) as problem:
        read_labels(file)
    assert str(problem.value) == sentence


def test_a_missing_file_of_labels_is_refused_without_the_servers_path(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem) as problem:
        read_labels(tmp_path / "none.csv")
    assert str(problem.value) == labels.NO_FILE.format(name="none.csv")


# --- names ------------------------------------------------------------------------------------------

NO_NAMES = (
    "NA",
    "N/A",
    "Unknown",
    "unknown",
    "none",
    "None",
    "?",
    "-",
    "unidentified",
    "Unidentified doe",
)


def test_words_that_are_no_names_make_no_deer_and_are_counted(card: Card) -> None:
    named = ("Gus", "gus", "Gus ", "Gus  Jr", "Gus Jr", "G\u00fcs", "Gu\u0308s", "7", "07")
    names = [*NO_NAMES, *named]
    rows = (f"{number:02}.jpg,buck,{name}" for number, name in enumerate(names))
    report = card.table("path,classification,deer", *rows)
    assert report.detections == 19
    assert set(Deer.objects.values_list("name", flat=True)) == {
        "Gus",
        "Gus Jr",
        "G\u00fcs",
        "7",
        "07",
    }
    nameless = Detection.objects.filter(deer=None)
    assert sorted(nameless.values_list("image__path", flat=True)) == [
        f"card/{number:02}.jpg" for number in range(10)
    ]
    assert not nameless.filter(is_reference=True).exists()
    assert report.deer == 5
    listed = ", ".join(f"{name} (1)" for name in NO_NAMES)
    assert words.NO_DEER.format(count=Number(10), words=listed) in report.warnings
    assert words.SPELLINGS.format(others="'gus'", name="'Gus'", what="deer") in report.warnings
    assert report.notes[alike.KIND] == 2  # 7 beside 07, and Gus beside his namesake with dots


def test_folders_that_are_no_names_make_no_deer(card: Card) -> None:
    for name in ("Unidentified", "Unknown_1", "New folder", "_unsorted", "Old Gus", "old gus"):
        card.draw(f"{name}/a.jpg")
    report = card.bring(card.folder, folders="deer")
    assert report.detections == 6
    assert [deer.name for deer in Deer.objects.all()] == ["Old Gus"]
    assert deer_of("Old Gus/a.jpg", "old gus/a.jpg", "_unsorted/a.jpg") == [
        "Old Gus",
        "Old Gus",
        None,
    ]


def test_a_camera_that_nobody_knew_is_none(card: Card) -> None:
    report = card.table("path,camera", "a.jpg,unknown", "b.jpg,?", "c.jpg,oak")
    assert [camera.name for camera in Camera.objects.all()] == ["oak"]
    assert report.notes == {words.KIND_NO_CAMERA: 1}


def test_one_place_in_five_spellings_is_one_camera_or_told(card: Card) -> None:
    names = ("North Gate", "north gate", "North  Gate", "North Gate ", "NORTH_GATE")
    report = card.table(
        "path,camera,captured_at,classification",
        *(f"{n}.jpg,{name},2025-10-03 06:12:4{n},buck" for n, name in enumerate(names, start=1)),
    )
    assert set(Camera.objects.values_list("name", flat=True)) == {"North Gate", "NORTH_GATE"}
    assert Encounter.objects.filter(camera__name="North Gate").count() == 1
    (warning,) = (text for text in report.warnings if "NORTH_GATE" in text)
    assert warning == alike.CAMERAS.format(name="North Gate", others="'NORTH_GATE'")
    again = card.table("path,camera,classification", "6.jpg,north-gate,buck")
    assert again.warnings == (
        alike.CAMERAS.format(name="north-gate", others="'NORTH_GATE' and 'North Gate'"),
    )


def test_two_spellings_on_one_photograph_do_not_contradict(card: Card) -> None:
    report = card.table(
        "path,camera,deer,x,y,width,height",
        "a.jpg,Oak,Ada,0,0,90,90", "a.jpg,oak ,Bob,100,0,90,90", "a.jpg,OAK,ada,0,0,90,90",
    )  # fmt: skip
    assert report.detections == 2
    assert not report.refused


def test_a_cameras_own_zone_and_offset_hold_in_every_spelling(card: Card) -> None:
    make.camera("Oak", time_zone="UTC")
    line = "a.jpg,oak,2025-10-01 12:00:00"
    report = card.table(
        "path,camera,captured_at", line, clock_offsets={"OAK ": 60}, time_zone="America/Chicago"
    )
    assert report.unused_offsets == ()
    detection = Detection.objects.get()
    assert detection.image.captured_at and detection.image.captured_at.strftime("%H:%M") == "12:01"


def test_a_renamed_deer_is_found_by_its_former_name(card: Card) -> None:
    columns, lines = "path,classification,deer", ("1.jpg,buck,Buck 7", "2.jpg,buck,Buck 7")
    card.table(columns, *lines)
    deer = Deer.objects.get(name="Buck 7")
    deer.name = "Old Gus"
    deer.save()
    references = set(Detection.objects.filter(is_reference=True).values_list("pk", flat=True))
    again = card.table(columns, *lines)
    assert (again.updated, again.deer) == (0, 0)
    assert (
        set(Detection.objects.filter(is_reference=True).values_list("pk", flat=True)) == references
    )
    longer = card.table(columns, *lines, "3.jpg,buck,buck 7")
    assert longer.deer == 0
    assert deer_of("1.jpg", "2.jpg", "3.jpg") == ["Old Gus"] * 3
    corrected = card.table(columns, "1.jpg,buck,Buck 9", lines[1])
    assert (corrected.updated, corrected.deer) == (1, 1)
    assert deer_of("1.jpg", "2.jpg") == ["Buck 9", "Old Gus"]


def test_a_merged_deers_name_leads_to_its_survivor(card: Card) -> None:
    card.table("path,deer,sighting", "1.jpg,Ada,1", "2.jpg,Bob,2")
    ada, bob = Deer.objects.order_by("name")
    merge(deer=bob.pk, into=ada.pk, actor=card.user)
    report = card.table("path,deer", "2.jpg,Bob", "3.jpg,bob")
    assert (report.updated, report.deer) == (0, 0)
    assert deer_of("2.jpg", "3.jpg") == ["Ada", "Ada"]


def test_a_deer_that_is_merged_while_an_import_runs_is_seen_by_its_next_batch(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = make.deer("Ada"), make.deer("Bob")
    monkeypatch.setattr(batches, "BATCH", 1)

    def after_the_first(done: int, _: int | None) -> None:
        if done == 1:
            merge(deer=bob.pk, into=ada.pk, actor=card.user)

    card.table("path,deer", *(f"{n}.jpg,Bob" for n in (1, 2, 3)), progress=after_the_first)
    assert deer_of("1.jpg", "2.jpg", "3.jpg") == ["Ada"] * 3


# --- contradictions ---------------------------------------------------------------------------------

BOXES = "path,x,y,width,height,deer,classification"


def test_one_deer_on_two_boxes_is_noted_and_named_on_neither(card: Card) -> None:
    report = card.table(
        BOXES, "a.jpg,0,0,90,90,Gus,buck", "a.jpg,100,0,90,90,gus,buck", "a.jpg,200,0,90,90,Ada,doe"
    )
    assert (report.detections, report.references) == (3, 1)
    text = contradictions.TWICE.format(path="a.jpg", deer="Gus", count=Number(2), lines="2, 3")
    assert text in report.warnings
    assert list(Detection.objects.order_by("x").values_list("deer__name", flat=True)) == [
        None,
        None,
        "Ada",
    ]
    card.table(BOXES, "a.jpg,0,0,90,90,Gus,buck", "a.jpg,100,0,90,90,Bob,buck")
    assert list(Detection.objects.order_by("x").values_list("deer__name", flat=True)) == [
        "Gus",
        "Bob",
        "Ada",
    ]


def test_a_second_box_of_a_stored_deer_is_noted_and_not_named(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reid.importing.batches.BATCH", 1)
    report = card.table(
        BOXES, "a.jpg,0,0,90,90,Gus,buck", "b.jpg,0,0,90,90,Ada,doe", "a.jpg,100,0,90,90,Gus,buck"
    )
    assert report.notes == {contradictions.KIND_TWICE: 1}
    on_a = Detection.objects.filter(image__path__endswith="a.jpg").order_by("x")
    assert list(on_a.values_list("deer__name", flat=True)) == ["Gus", None]


def test_a_corrected_table_moves_a_deer_to_another_box(card: Card) -> None:
    card.table(BOXES, "a.jpg,0,0,90,90,Gus,buck", "a.jpg,100,0,90,90,Bob,buck")
    report = card.table(BOXES, "a.jpg,0,0,90,90,Bob,buck", "a.jpg,100,0,90,90,Gus,buck")
    assert not report.notes
    assert list(Detection.objects.order_by("x").values_list("deer__name", flat=True)) == [
        "Bob",
        "Gus",
    ]


def test_a_box_that_moved_a_little_is_no_second_place_of_the_deer(card: Card) -> None:
    card.table(BOXES, "a.jpg,0,0,90,90,Gus,buck")
    assert not card.table(BOXES, "a.jpg,5,5,90,90,Gus,buck").notes
    assert card.table(BOXES, "a.jpg,60,60,90,90,Gus,buck").notes == {contradictions.KIND_TWICE: 1}


def test_what_a_person_said_stands_and_the_second_box_is_not_named(card: Card) -> None:
    card.table(BOXES, "a.jpg,0,0,90,90,Gus,buck", "a.jpg,100,0,90,90,Bob,buck")
    Detection.objects.filter(x=0).update(identity_source="reviewed")
    report = card.table(BOXES, "a.jpg,0,0,90,90,Bob,buck", "a.jpg,100,0,90,90,Gus,buck")
    assert report.notes == {contradictions.KIND_TWICE: 1}
    assert list(Detection.objects.order_by("x").values_list("deer__name", flat=True)) == [
        "Gus",
        "Bob",
    ]


@pytest.mark.parametrize(("batch", "flush"), [(1, 1), (500, 5000)])
def test_a_deer_that_is_called_buck_and_doe_is_noted_and_never_a_reference(
    card: Card, monkeypatch: pytest.MonkeyPatch, batch: int, flush: int
) -> None:
    monkeypatch.setattr("reid.importing.batches.BATCH", batch)
    monkeypatch.setattr("reid.importing.detections.FLUSH", flush)
    report = card.table(
        "path,deer,classification",
        *("1.jpg,Gus,buck", "2.jpg,Ada,doe", "3.jpg,Gus,doe", "4.jpg,Gus,buck", "5.jpg,Gus,"),
    )
    assert report.notes == {contradictions.KIND_SEXES: 1}
    where = contradictions.ON_LINE.format(line=2)
    text = contradictions.SEXES.format(
        path="3.jpg", deer="Gus", sex="doe", line=4, other="buck", where=where
    )
    assert report.warnings == (text,)
    references = Detection.objects.filter(is_reference=True)
    assert [row.deer and row.deer.name for row in references] == ["Ada"]
    assert report.references == 1
    assert deer_of("1.jpg", "3.jpg") == ["Gus", "Gus"]
    enrolled = IdentityEvent.objects.filter(field="is_reference", detection__deer__name="Gus")
    assert sum(1 if event.after else -1 for event in enrolled) == 0


def test_a_deer_whose_profile_is_of_the_other_sex_is_noted(card: Card) -> None:
    make.deer("Gus", sex="buck")
    report = card.table("path,deer,classification", "1.jpg,Gus,doe")
    where = contradictions.BEFORE
    expected = contradictions.SEXES.format(
        path="1.jpg", deer="Gus", sex="doe", line=2, other="buck", where=where
    )
    assert report.warnings == (expected,)
    assert report.references == 0
