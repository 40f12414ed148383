"""A card whose files have the names of stored photographs: refused by name, never laid over them."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import ExifTags
from PIL import Image as PILImage

from reid.importing import detections
from reid.importing import report as import_report
from reid.importing.detections import ImportOptions, import_detections
from reid.importing.reading import files
from reid.importing.reading.prepare import read
from reid.importing.rows import RefusalReason
from reid.management.commands.import_detections import NOTHING_READ
from reid.models import Deer, Detection, Image
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.reading.prepare import Reading

pytestmark = pytest.mark.django_db

FIRST, SECOND = "DCIM/100TRAIL/IMG_0001.JPG", "DCIM/100TRAIL/IMG_0002.JPG"
DAYS = {"spring": "2024:04:11", "summer": "2024:07:19"}
LEFT = {"category": "1", "conf": 0.9, "bbox": [0.1, 0.2, 0.5, 0.6]}
RIGHT = {"category": "1", "conf": 0.8, "bbox": [0.55, 0.3, 0.3, 0.4]}


class Mount:
    """The one place where every card is mounted, and tables beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "photos"

    def card(self, month: str, *paths: str) -> None:
        """Put another card in: the old one's files are gone."""
        shutil.rmtree(self.root, ignore_errors=True)
        for path in paths or (FIRST, SECOND):
            self.photograph(path, month)

    def photograph(self, path: str, month: str) -> None:
        """A file of 640 x 480 as a camera writes them: another month, another picture and time.

        All have the same number of bytes, so that the size alone tells nothing.
        """
        exif = PILImage.Exif()
        time = f"{DAYS[month]} 06:12:44"
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = time
        shade = len(path) + sum(path.encode()) % 90 + 90 * (month == "summer")
        buffer = io.BytesIO()
        PILImage.new("RGB", (640, 480), (shade, shade, 40)).save(buffer, "JPEG", exif=exif)
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(buffer.getvalue().ljust(20_000, b"\0"))

    def boxes(self, *boxes: list[dict[str, Any]]) -> Path:
        """A detector's file: the boxes of the first photograph, of the second, and so on."""
        file = self.folder / "boxes.json"
        images = [
            {"file": f"DCIM/100TRAIL/IMG_{number:04}.JPG", "detections": list(box)}
            for number, box in enumerate(boxes, 1)
        ]
        head = {"info": {"format_version": "1.4"}, "detection_categories": {"1": "animal"}}
        file.write_text(json.dumps(head | {"images": images}))
        return file

    def table(self, *lines: str) -> Path:
        file = self.folder / "names.csv"
        file.write_text("\n".join(["path,deer", *lines]) + "\n")
        return file

    def bring(self, source: Path, *options: str) -> str:
        """What the command prints. Raises CommandError where it ends badly, with its output."""
        out = io.StringIO()
        place = () if source.is_dir() else ("--root", str(self.root))
        try:
            call_command(
                "import_detections", str(source), *place, *options, "--no-progress", stdout=out
            )
        except CommandError as error:
            raise CommandError(f"{out.getvalue()}{error}") from error
        return out.getvalue()

    def refused(self, source: Path, *options: str) -> str:
        with pytest.raises(CommandError) as error:
            self.bring(source, *options)
        assert str(error.value).endswith(NOTHING_READ)
        return str(error.value)


@pytest.fixture
def mount(tmp_path: Path, media_root: Path) -> Mount:
    return Mount(tmp_path)


def taken(path: str) -> str:
    return f"{path}: " + files.NAME_TAKEN.format(path=f"photos/{path}")


def state() -> list[Any]:
    """Everything that a second card could spoil."""
    return [
        sorted(Image.objects.values_list("path", "sha256", "captured_at", "camera__name")),
        sorted(
            Detection.objects.values_list(
                "image__path", "x", "deer__name", "classification", "flank", "version"
            ),
            key=str,
        ),
        sorted(Deer.objects.values_list("name")),
    ]


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--link",)])
def test_a_detectors_boxes_for_the_next_card_are_refused_by_name(
    mount: Mount, media_root: Path, options: tuple[str, ...]
) -> None:
    mount.card("spring")
    mount.bring(mount.boxes([LEFT], []))
    before = state()
    mount.card("summer")
    text = mount.refused(mount.boxes([RIGHT], [RIGHT]), *options)
    assert state() == before
    assert [row.x for row in Detection.objects.filter(image__path=f"photos/{FIRST}")] == [64]
    assert not Detection.objects.filter(image__path=f"photos/{SECOND}").exists()
    assert taken(FIRST) in text and taken(SECOND) in text
    assert "another photograph is stored under this name" in text and "--collection" in text
    assert import_report.ALREADY not in text
    assert len([file for file in media_root.rglob("*") if file.is_file()]) == 2


def test_boxes_too_weak_to_be_read_do_not_make_a_refused_card_a_good_one(mount: Mount) -> None:
    mount.card("spring")
    mount.bring(mount.boxes([LEFT], []))
    mount.card("summer")
    assert taken(SECOND) in mount.refused(mount.boxes([RIGHT | {"conf": 0.1}], [RIGHT]))


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_tables_deer_are_not_given_to_the_card_before(
    mount: Mount, options: tuple[str, ...]
) -> None:
    mount.card("spring")
    mount.bring(mount.table(FIRST, f"{SECOND},Ada"))
    before = state()
    mount.card("summer")
    text = mount.refused(mount.table(f"{FIRST},Ada", f"{SECOND},Bob"), *options)
    assert state() == before
    assert taken(FIRST) in text and taken(SECOND) in text


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_folder_a_deer_of_the_next_card_is_refused(
    mount: Mount, options: tuple[str, ...]
) -> None:
    mount.card("spring", "Ada/IMG_0001.JPG")
    mount.bring(mount.root)
    before = state()
    mount.card("summer", "Ada/IMG_0001.JPG")
    assert taken("Ada/IMG_0001.JPG") in mount.refused(mount.root, *options)
    assert state() == before


@pytest.mark.parametrize("linked", [(), ("--link",)])
def test_the_same_card_again_is_already_imported(mount: Mount, linked: tuple[str, ...]) -> None:
    mount.card("spring")
    source = mount.boxes([LEFT], [])
    mount.bring(source, *linked)
    before = state()
    for options in ((), ("--dry-run",)):
        text = mount.bring(source, *options)
        assert f"2  skipped: {import_report.ALREADY}" in text and "refused" not in text
    mount.card("spring")  # the same bytes, written anew: another mount, other times of the files
    assert f"2  skipped: {import_report.ALREADY}" in mount.bring(source)
    assert state() == before


def test_the_same_card_again_needs_no_stored_file(mount: Mount, media_root: Path) -> None:
    """The checksum is in the database: a stored file that is away is nobody's conflict."""
    mount.card("spring")
    mount.bring(mount.table(FIRST))
    (media_root / "photos" / FIRST).unlink()
    assert f"1  skipped: {import_report.ALREADY}" in mount.bring(mount.table(FIRST))
    mount.card("summer")
    assert taken(FIRST) in mount.refused(mount.table(FIRST))


def test_what_is_new_on_a_mixed_card_is_imported(mount: Mount) -> None:
    mount.card("spring", FIRST)
    mount.bring(mount.table(f"{FIRST},Ada"))
    mount.card("summer")
    text = mount.bring(mount.table(f"{FIRST},Bob", f"{SECOND},Cleo"))
    assert "1  detections imported" in text and taken(FIRST) in text
    named = Detection.objects.order_by("image__path").values_list("image__path", "deer__name")
    assert list(named) == [(f"photos/{FIRST}", "Ada"), (f"photos/{SECOND}", "Cleo")]


def test_another_collection_takes_the_refused_card(mount: Mount) -> None:
    mount.card("spring")
    mount.bring(mount.boxes([LEFT], []))
    mount.card("summer")
    mount.bring(mount.boxes([RIGHT], [RIGHT]), "--collection", "summer")
    boxes = Detection.objects.order_by("image__path").values_list("image__path", "x")
    assert list(boxes) == [
        (f"photos/{FIRST}", 64), (f"summer/{FIRST}", 352), (f"summer/{SECOND}", 352),
    ]  # fmt: skip


def test_another_number_of_bytes_is_seen_without_reading_them(
    mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount.card("spring")
    mount.bring(mount.table(FIRST))
    mount.card("summer")
    with (mount.root / FIRST).open("ab") as file:
        file.write(b"\0")
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert taken(FIRST) in mount.refused(mount.table(FIRST))


def test_a_file_used_in_place_and_overwritten_since_is_refused(
    tmp_path: Path, media_root: Path
) -> None:
    mount = Mount(media_root)
    mount.card("spring")
    source = mount.table(f"{FIRST},Ada")
    mount.bring(source)
    assert f"1  skipped: {import_report.ALREADY}" in mount.bring(source)
    before = state()
    mount.card("summer")
    text = mount.refused(mount.table(f"{FIRST},Bob"))
    assert files.OVERWRITTEN.format(path=f"photos/{FIRST}") in text
    assert state() == before


def test_a_linked_file_that_was_overwritten_through_its_link_is_refused(
    mount: Mount, media_root: Path
) -> None:
    mount.card("spring", FIRST)
    mount.bring(mount.table(f"{FIRST},Ada"), "--link")
    before = state()
    mount.photograph(FIRST, "summer")  # truncated and written: the same file
    assert (mount.root / FIRST).samefile(media_root / "photos" / FIRST)
    text = mount.refused(mount.table(f"{FIRST},Bob"))
    assert files.OVERWRITTEN.format(path=f"photos/{FIRST}") in text
    assert state() == before


def test_a_file_that_cannot_be_read_again_is_refused(
    mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount.card("spring")
    mount.bring(mount.table(FIRST))

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(hashlib, "file_digest", broken)
    assert "Input/output error" in mount.refused(mount.table(FIRST))


def test_two_files_of_one_stored_name_in_one_table_do_not_share_their_boxes(
    mount: Mount, media_root: Path
) -> None:
    """A root above the media root holds the cards and, below the media root, copies of older ones."""
    mount.root = media_root.parent
    mount.photograph("a.jpg", "spring")
    inside = f"{media_root.name}/{mount.root.name}/a.jpg"
    mount.photograph(inside, "summer")
    source = mount.table("a.jpg,Ada", f"{inside},Bob")
    assert "2  refused: contradiction" in mount.refused(source)
    assert not Detection.objects.exists()
    assert "2  detections imported" in mount.bring(source, "--collection", "spring")
    shutil.copy(mount.root / inside, mount.root / "a.jpg")
    assert "refused" not in mount.bring(mount.table("a.jpg,Bob", f"{inside},Bob"))


def test_a_name_that_another_import_took_meanwhile_is_refused(
    mount: Mount, monkeypatch: pytest.MonkeyPatch, django_user_model: Any
) -> None:
    mount.card("summer", FIRST)

    def late(*arguments: Any) -> list[Reading]:
        readings = read(*arguments)
        make.image(f"photos/{FIRST}", width=640, height=480)
        return readings

    monkeypatch.setattr(detections, "read", late)
    user = django_user_model.objects.create(username="ranger")
    options = ImportOptions(root=mount.root)
    report = import_detections(mount.table(f"{FIRST},Ada"), actor=user, options=options)
    assert report.refused == {RefusalReason.CONFLICT.value: 1} and not report.could_read
    assert not Detection.objects.exists()
