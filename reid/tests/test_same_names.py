"""A card whose files have the names of stored photographs: stored beside them, never laid over them."""

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
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.reading import files
from reid.importing.reading.prepare import read
from reid.importing.rows import RefusalReason
from reid.management.commands.import_detections import NOTHING_READ
from reid.models import Deer, Detection, Image
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.reading.readings import Reading

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

    def own_name(self, path: str) -> str:
        """The stored name that tells the photograph in the reader from others under `path`."""
        digest = hashlib.sha256((self.root / path).read_bytes()).hexdigest()
        return "photos/" + path.replace(".JPG", f"-{digest[:12]}.JPG")

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


def require_kept(before: list[Any]) -> None:
    """What was stored is there as it was, whatever has come beside it."""
    for old, new in zip(before, state(), strict=True):
        assert set(old) <= set(new)


def boxes() -> dict[str, list[int]]:
    """Left edges of the boxes by the stored name of their photograph."""
    return {
        image.path: [row.x for row in image.detections.order_by("x")]
        for image in Image.objects.order_by("path")
    }


@pytest.mark.parametrize("options", [(), ("--link",)])
def test_a_detectors_boxes_for_the_next_card_are_its_own(
    mount: Mount, media_root: Path, options: tuple[str, ...]
) -> None:
    mount.card("spring")
    mount.bring(mount.boxes([LEFT], []))
    before = state()
    mount.card("summer")
    source = mount.boxes([RIGHT], [RIGHT])
    trial = mount.bring(source, "--dry-run")
    assert state() == before
    text = mount.bring(source, *options)
    lines = text.splitlines()
    assert [line for line in trial.splitlines() if line in lines] == lines
    require_kept(before)
    assert boxes() == {
        f"photos/{FIRST}": [64],
        f"photos/{SECOND}": [],
        mount.own_name(FIRST): [352],
        mount.own_name(SECOND): [352],
    }
    assert import_report.ALREADY not in text
    assert "2 photographs have names under which others are stored" in text
    assert len([file for file in media_root.rglob("*") if file.is_file()]) == 4


def test_boxes_too_weak_to_be_read_leave_a_photograph_of_the_next_card(mount: Mount) -> None:
    mount.card("spring")
    mount.bring(mount.boxes([LEFT], []))
    mount.card("summer")
    mount.bring(mount.boxes([RIGHT | {"conf": 0.1}], [RIGHT]))
    assert boxes() == {
        f"photos/{FIRST}": [64],
        f"photos/{SECOND}": [],
        mount.own_name(FIRST): [],
        mount.own_name(SECOND): [352],
    }


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_tables_deer_are_not_given_to_the_card_before(
    mount: Mount, options: tuple[str, ...]
) -> None:
    mount.card("spring")
    mount.bring(mount.table(FIRST, f"{SECOND},Ada"))
    before = state()
    mount.card("summer")
    text = mount.bring(mount.table(f"{FIRST},Ada", f"{SECOND},Bob"), *options)
    assert "2  detections imported" in text and "1  deer new" in text
    require_kept(before)
    if not options:
        named = Detection.objects.exclude(deer=None).values_list("image__path", "deer__name")
        assert set(named) == {
            (f"photos/{SECOND}", "Ada"),
            (mount.own_name(FIRST), "Ada"),
            (mount.own_name(SECOND), "Bob"),
        }


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_folder_a_deer_of_the_next_card_comes_in_beside(
    mount: Mount, options: tuple[str, ...]
) -> None:
    mount.card("spring", "Ada/IMG_0001.JPG")
    mount.bring(mount.root, "--folders", "deer")
    before = state()
    mount.card("summer", "Ada/IMG_0001.JPG")
    assert "1  photograph new" in mount.bring(mount.root, "--folders", "deer", *options)
    require_kept(before)
    assert Image.objects.count() == (1 if options else 2)


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
    assert "1  photograph new" in mount.bring(mount.table(FIRST))
    assert set(boxes()) == {f"photos/{FIRST}", mount.own_name(FIRST)}


def test_new_names_and_old_ones_on_one_card_are_imported(mount: Mount) -> None:
    mount.card("spring", FIRST)
    mount.bring(mount.table(f"{FIRST},Ada"))
    mount.card("summer")
    text = mount.bring(mount.table(f"{FIRST},Bob", f"{SECOND},Cleo"))
    assert "2  detections imported" in text
    assert set(Detection.objects.values_list("image__path", "deer__name")) == {
        (f"photos/{FIRST}", "Ada"),
        (mount.own_name(FIRST), "Bob"),
        (f"photos/{SECOND}", "Cleo"),
    }


def test_another_collection_takes_the_next_card_under_its_own_names(mount: Mount) -> None:
    mount.card("spring")
    mount.bring(mount.boxes([LEFT], []))
    mount.card("summer")
    mount.bring(mount.boxes([RIGHT], [RIGHT]), "--collection", "summer")
    boxes = Detection.objects.order_by("image__path").values_list("image__path", "x")
    assert list(boxes) == [
        (f"photos/{FIRST}", 64), (f"summer/{FIRST}", 352), (f"summer/{SECOND}", 352),
    ]  # fmt: skip


def test_a_file_used_in_place_and_overwritten_since_is_named(
    tmp_path: Path, media_root: Path
) -> None:
    mount = Mount(media_root)
    mount.card("spring")
    source = mount.table(f"{FIRST},Ada")
    mount.bring(source)
    assert f"1  skipped: {import_report.ALREADY}" in mount.bring(source)
    before = state()
    mount.card("summer")
    text = mount.bring(mount.table(f"{FIRST},Bob"))
    assert files.OVERWRITTEN_TEXT.format(path=f"photos/{FIRST}") in text
    require_kept(before)
    assert Detection.objects.get(deer__name="Bob").image.path == mount.own_name(FIRST)
    assert (media_root / mount.own_name(FIRST)).read_bytes() == (mount.root / FIRST).read_bytes()


def test_a_linked_file_that_was_overwritten_through_its_link_is_named(
    mount: Mount, media_root: Path
) -> None:
    mount.card("spring", FIRST)
    mount.bring(mount.table(f"{FIRST},Ada"), "--link")
    before = state()
    mount.photograph(FIRST, "summer")  # truncated and written: the same file
    assert (mount.root / FIRST).samefile(media_root / "photos" / FIRST)
    text = mount.bring(mount.table(f"{FIRST},Bob"))
    assert files.OVERWRITTEN_TEXT.format(path=f"photos/{FIRST}") in text
    require_kept(before)
    assert Detection.objects.get(deer__name="Bob").image.path == mount.own_name(FIRST)


def test_a_file_that_cannot_be_read_again_is_refused(
    mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount.card("spring")
    mount.bring(mount.table(FIRST))

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "read_whole", broken)
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
    assert "2  detections imported" in mount.bring(source)
    assert Image.objects.count() == 2
    assert f"2  skipped: {import_report.ALREADY}" in mount.bring(source)
    shutil.copy(mount.root / inside, mount.root / "a.jpg")
    assert "refused" not in mount.bring(mount.table("a.jpg,Bob", f"{inside},Bob"))


def test_a_name_that_another_import_took_meanwhile_is_refused(
    mount: Mount, monkeypatch: pytest.MonkeyPatch, django_user_model: Any
) -> None:
    mount.card("summer", FIRST)

    def late(*arguments: Any) -> list[Reading]:
        readings = read(*arguments)
        make.image(f"photos/{FIRST}", sha256="0" * 64, width=640, height=480)
        return readings

    monkeypatch.setattr(detections, "read", late)
    user = django_user_model.objects.create(username="ranger")
    options = ImportOptions(root=mount.root)
    report = import_detections(mount.table(f"{FIRST},Ada"), actor=user, options=options)
    assert report.refused == {RefusalReason.CONFLICT.value: 1} and not report.could_read
    assert not Detection.objects.exists()
