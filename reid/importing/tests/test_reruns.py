"""The same animals once more: other runs of a detector, doubles in one file, and what people did in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ExifTags
from PIL import Image as PILImage

from reid import reviewing
from reid.imaging.crops import Box
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.report import ALREADY, DELETED, DOUBLE
from reid.importing.writing.placement import box_of
from reid.models import Deer, Detection, Encounter, Image, Sighting
from reid.reviewing import correct_class
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.report import ImportReport

pytestmark = pytest.mark.django_db

BOX = [0.1, 0.2, 0.5, 0.6]


class Card:
    """A card of photographs of 640 x 480, and detectors that run over it."""

    def __init__(self, folder: Path, user: Any, media: Path) -> None:
        self.folder, self.user, self.media = folder, user, media

    def photograph(self, path: str) -> None:
        number = len(list(self.folder.rglob("*.jpg"))) + 1
        tags = PILImage.Exif()
        clock = f"2025:10:03 06:12:1{number}"
        tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = clock
        make.photograph("new.jpg", 640, 480, seed=number, exif=tags)
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.media / "new.jpg").rename(self.folder / path)

    def run(
        self,
        boxes: dict[str, list[dict[str, Any]]],
        detector: str = "md_v5a.0.0.pt",
        **options: Any,
    ) -> ImportReport:
        """Import what a detector says of each photograph."""
        document = {
            "info": {"format_version": "1.4", "detector": detector},
            "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
            "classification_categories": {"0": "deer", "1": "coyote", "2": "buck"},
            "images": [{"file": path, "detections": found} for path, found in boxes.items()],
        }
        return self.bring(json.dumps(document), "detections.json", **options)

    def bring(self, text: str, name: str, **options: Any) -> ImportReport:
        file = self.folder / name
        file.write_text(text)
        return import_detections(file, actor=self.user, options=ImportOptions(**options))


@pytest.fixture
def card(tmp_path: Path, django_user_model: Any, settings: Any) -> Card:
    return Card(
        tmp_path / "card", django_user_model.objects.create(username="ranger"), settings.MEDIA_ROOT
    )


def seen(
    x: float = 0.1, sure: float = 0.93, species: str = "0", category: str = "1", **fields: Any
) -> dict[str, Any]:
    box = {"category": category, "conf": sure, "bbox": [x, *BOX[1:]]}
    return box | ({"classifications": [[species, 0.97]]} if species else {}) | fields


def test_three_runs_are_one_sighting(card: Card) -> None:
    """Case 46: a newer model, another machine, another version of a library."""
    names = [f"north/IMG_000{number}.jpg" for number in (1, 2, 3)]
    for name in names:
        card.photograph(name)
    camera = {"camera": "(?P<camera>[^/]+)/"}
    runs = [("a", 0.1, 0.93), ("b", 0.101, 0.91), ("c", 0.112, 0.95)]
    for number, (detector, x, sure) in enumerate(runs):
        report = card.run({name: [seen(x, sure)] for name in names}, detector, finders=camera)
        assert (report.detections, report.skipped.get(ALREADY, 0)) == ((0, 3) if number else (3, 0))
        assert (report.left, report.rescored) == ((3, 3) if number else (0, 0))
        counts = (model.objects.count() for model in (Detection, Encounter, Sighting))
        assert tuple(counts) == (3, 1, 1)
        boxes = Detection.objects.values_list(
            "x", "width", "confidence", "detector", "effective_class"
        )
        assert set(boxes) == {(64, 320, sure, detector, "unknown_deer")}


def test_what_people_did_stays(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    ada = make.deer("Ada")
    Detection.objects.update(
        deer=ada,
        identity_source="reviewed",
        is_reference=True,
        corrected_classification="doe",
        flank="left",
        flank_source="reviewed",
    )
    report = card.run({"a.jpg": [seen(0.102, species="1")]}, "other")
    found = Detection.objects.get()
    assert (found.deer, found.identity_source, found.is_reference) == (ada, "reviewed", True)
    assert (found.effective_class, found.classification, found.flank) == (
        "doe",
        "unknown_deer",
        "left",
    )
    assert (report.detections, report.skipped) == (0, {ALREADY: 1})


def test_a_box_that_a_person_threw_out_stays_thrown_out(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    Detection.objects.update(is_valid=False)
    card.run({"a.jpg": [seen(0.103, 0.5)]}, "other")
    found = Detection.objects.get()
    assert (found.is_valid, found.confidence) == (False, 0.93)


def test_a_box_that_a_person_moved_stays_where_it_is_when_a_detector_runs_again(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    item = Detection.objects.get()
    here = Box(80, 110, 300, 250)  # over the detector's own, 64, 96, 320, 288
    reviewing.move_box(detection=item.pk, box=here, versions={item.pk: 0}, actor=card.user)
    report = card.run({"a.jpg": [seen(0.101)]}, "other")
    assert box_of(Detection.objects.get()) == here
    assert report.skipped == {ALREADY: 1}


def test_where_a_box_was_before_a_person_moved_it_no_detector_finds_another(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    item = Detection.objects.get()
    here = Box(400, 20, 200, 60)  # elsewhere
    reviewing.move_box(detection=item.pk, box=here, versions={item.pk: 0}, actor=card.user)
    for x in (0.1, 0.102):
        report = card.run({"a.jpg": [seen(x)]}, "other")
        assert report.skipped == {ALREADY: 1}
    assert box_of(Detection.objects.get()) == here
    # What a detector finds elsewhere still comes in, and so does a deer that somebody names there.
    card.run({"a.jpg": [{"category": "1", "conf": 0.9, "bbox": [0.7, 0.7, 0.2, 0.2]}]}, "other")
    card.bring("path,x,y,width,height,deer\na.jpg,66,96,320,288,Gus\n", "boxes.csv")
    assert Detection.objects.count() == 3


def test_a_box_that_a_person_deleted_comes_back_by_no_detector(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    item = Detection.objects.get()
    deletion = reviewing.delete_boxes(versions={item.pk: 0}, actor=card.user)
    for x in (0.1, 0.104):  # the same run again, and another detector's
        assert card.run({"a.jpg": [seen(x)]}, "other").skipped == {DELETED: 1}
    assert not Detection.objects.exists()
    reviewing.undo(operation=deletion.pk, actor=card.user)
    assert card.run({"a.jpg": [seen(0.104)]}, "other").skipped == {ALREADY: 1}
    assert Detection.objects.get().pk == item.pk


def test_a_persons_box_keeps_its_class_and_its_certainty(card: Card) -> None:
    card.photograph("a.jpg")
    card.bring("path,x,y,width,height,classification\na.jpg,64,96,320,288,buck\n", "boxes.csv")
    card.run({"a.jpg": [seen(0.103, 0.5)]})
    found = Detection.objects.get()
    assert (found.classification, found.confidence, found.detector) == ("buck", 1.0, "")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(seen(species=""), seen(0.101), "unknown_deer"), (seen(), seen(0.101, species="1"), "coyote"),
     (seen(), seen(0.101, species="2"), "buck"), (seen(species="2"), seen(0.101), "buck"),
     (seen(species="1"), seen(0.101, species=""), "coyote"),
     (seen(species=""), seen(0.101, category="2", species=""), "person"),
     (seen(), seen(species="1"), "coyote")],
)  # fmt: skip
def test_the_class_of_the_later_run_counts_unless_it_says_less(
    card: Card, first: dict[str, Any], second: dict[str, Any], expected: str
) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [first]})
    report = card.run({"a.jpg": [second]}, "other")
    found = Detection.objects.get()
    assert found.effective_class == expected
    assert report.updated + report.skipped.get(ALREADY, 0) == 1


def test_a_named_deer_does_not_become_a_coyote(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    Detection.objects.update(deer=make.deer("Ada"), identity_source="auto")
    card.run({"a.jpg": [seen(0.101, species="1")]}, "other")
    assert Detection.objects.get().effective_class == "unknown_deer"


def test_two_animals_side_by_side_stay_two(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen(0.0), seen(0.2)]})
    report = card.run({"a.jpg": [seen(0.003), seen(0.197)]}, "other")
    assert (report.detections, report.left, Detection.objects.count()) == (0, 2, 2)
    report = card.run({"a.jpg": [seen(0.003), seen(0.197), seen(0.45)]}, "third")
    assert (report.detections, Detection.objects.count()) == (1, 3)


def test_no_two_boxes_become_one(card: Card) -> None:
    """A person drew two deer, one behind the other, where a detector saw one."""
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]})
    lines = "a.jpg,66,96,320,288,doe\na.jpg,110,96,320,288,doe\n"
    report = card.bring("path,x,y,width,height,classification\n" + lines, "boxes.csv")
    assert (report.detections, report.left, Detection.objects.count()) == (1, 1, 2)


def test_another_deers_box_is_another_animal(card: Card) -> None:
    card.photograph("a.jpg")
    head = "path,x,y,width,height,classification,deer\n"
    card.bring(head + "a.jpg,64,96,320,288,doe,Ada\n", "boxes.csv")
    report = card.bring(head + "a.jpg,90,96,320,288,doe,Bea\n", "boxes.csv")
    assert (report.detections, report.left) == (1, 0)
    report = card.bring(head + "a.jpg,66,96,320,288,doe,Ada\n", "boxes.csv")
    assert (report.detections, report.left, Detection.objects.count()) == (0, 1, 2)


def test_a_detectors_second_box_around_one_animal_is_left_out(card: Card) -> None:
    card.photograph("a.jpg")
    larger = {"category": "1", "conf": 0.3, "bbox": [0.05, 0.15, 0.62, 0.72]}
    for _ in range(2):
        report = card.run({"a.jpg": [larger, seen()]})
        assert report.skipped[DOUBLE] == 1
        assert Detection.objects.get().confidence == 0.93


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["a.jpg,64,96,320,288,doe,0.9,Ada", "a.jpg,70,96,320,288,doe,0.8,Bea"], 2),
        (["a.jpg,64,96,320,288,doe,0.8,Ada", "a.jpg,70,96,320,288,doe,0.9,"], 1),
        (["a.jpg,64,96,320,288,doe,,", "a.jpg,110,96,320,288,doe,,"], 2),
        (["a.jpg,64,96,320,288,doe,,", "a.jpg,65,96,320,288,doe,,"], 1),
        (["a.jpg,64,96,320,288,doe,0.9,", "a.jpg,70,96,320,288,coyote,0.8,"], 2),
        (["a.jpg,64,96,320,288,person,0.9,", "a.jpg,70,96,320,288,animal,0.8,"], 2),
    ],
)  # fmt: skip
def test_doubles_of_a_table(card: Card, lines: list[str], kept: int) -> None:
    card.photograph("a.jpg")
    head = "path,x,y,width,height,classification,confidence,deer\n"
    report = card.bring(head + "\n".join(lines), "boxes.csv")
    assert (report.detections, report.skipped.get(DOUBLE, 0)) == (kept, 2 - kept)
    named = {line.split(",")[-1] for line in lines} - {""}
    assert (
        set(Deer.objects.filter(detections__isnull=False).values_list("name", flat=True)) == named
    )


def test_boxes_of_a_photograph_are_compared_whatever_the_size_of_a_batch(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reid.importing import batches

    monkeypatch.setattr(batches, "BATCH", 1)
    for name in ("a.jpg", "b.jpg"):
        card.photograph(name)
    card.run({"a.jpg": [seen()], "b.jpg": [seen()]})
    both = [seen(0.101), seen(0.13, 0.4)]
    report = card.run({"a.jpg": both, "b.jpg": both}, "other")
    assert (report.skipped, Detection.objects.count()) == ({ALREADY: 2, DOUBLE: 2}, 2)


def test_a_photograph_at_which_the_detector_failed_is_effort_until_one_succeeds(card: Card) -> None:
    card.photograph("a.jpg")
    document = {
        "info": {"format_version": "1.4"},
        "detection_categories": {"1": "animal"},
        "images": [{"file": "a.jpg", "failure": "Failure image access", "detections": None}],
    }
    report = card.bring(json.dumps(document), "failed.json")
    assert (report.images, report.empty, report.refused) == (1, 1, {})
    assert report.warnings == ("a.jpg: the detector failed: Failure image access",)
    image = Image.objects.get()
    assert (image.looked, image.look_failure) == ("failed", "Failure image access")
    card.run({"a.jpg": []})
    image.refresh_from_db()
    assert (image.looked, image.look_failure) == ("yes", "")
    card.bring(json.dumps(document), "failed.json")
    image.refresh_from_db()
    assert (image.looked, image.look_failure) == ("yes", "")


def test_boxes_marked_by_repeat_detection_elimination_keep_their_photograph(card: Card) -> None:
    """Case 10, alone in its file: nothing is refused, and the day counts."""
    card.photograph("a.jpg")
    report = card.run({"a.jpg": [seen(sure=-0.926)]})
    assert (report.images, report.empty, report.refused, report.could_read) == (1, 1, {}, True)
    assert sum(report.skipped.values()) == 1 and Image.objects.get().looked == "yes"


def test_words_of_a_source_are_stored_as_far_as_they_fit(card: Card) -> None:
    card.photograph("a.jpg")
    card.run({"a.jpg": [seen()]}, "md\x00_" + "v" * 500)
    assert Detection.objects.get().detector == "md _" + "v" * 76


def test_predictions_of_speciesnet_classify_the_boxes_that_are_there(card: Card) -> None:
    for path in ("a.jpg", "b.jpg", "c.jpg"):
        card.photograph(path)
    card.run({path: [seen(species="")] for path in ("a.jpg", "b.jpg", "c.jpg")})
    rows = Detection.objects.order_by("image__captured_at")
    assert [row.effective_class for row in rows] == ["animal"] * 3
    corrected = rows[1]
    correct_class(versions={corrected.pk: 0}, classification="cattle", actor=card.user)
    before = set(Detection.objects.values_list("pk", "x", "y", "width", "height"))
    deer = "5c7ce479;mammalia;cetartiodactyla;cervidae;odocoileus;virginianus;white-tailed deer"
    animal = "1f689929;;;;;;animal"
    predictions = [
        {
            "filepath": path,
            "detections": [
                {"category": "1", "label": "animal", "conf": 0.9, "bbox": [0.11, 0.21, 0.5, 0.59]}
            ],
            "prediction": label,
            "prediction_score": 0.97,
            "model_version": "4.0.1a",
        }
        for path, label in (("a.jpg", deer), ("b.jpg", deer), ("c.jpg", animal))
    ]
    report = card.bring(json.dumps({"predictions": predictions}), "predictions.json")
    assert report.detections == 0
    assert set(Detection.objects.values_list("pk", "x", "y", "width", "height")) == before
    rows = rows.all()
    assert [row.effective_class for row in rows] == ["unknown_deer", "cattle", "animal"]
    assert (rows[0].source_label, rows[0].detector) == (deer, "SpeciesNet 4.0.1a")
