"""Every way by which a photograph leaves the server: a person on it is beyond recognition, the rest is as it was."""

from __future__ import annotations

import ast
import base64
import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Picture

from exports.archive.crops_zip import NothingExported, write_archive
from exports.camtrap.package_zip import write_camtrap
from exports.report.portraits import portraits
from exports.requests.specs import ArchiveFormat, ArchiveSpec
from exports.sharing.deer_page import public_deer
from reid.imaging.canonical import CropRequest, crop_name, crops_of_image
from reid.imaging.crops import encode_jpeg
from reid.imaging.derived_files import torso_name
from reid.imaging.frame import Frame
from reid.models import Detection, Image
from reid.storage.photo_store import photo_store, read_file
from reid.tests import make, torsos
from thumper.tests.test_layout import ROOT, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]

PERSON = (160, 100, 120, 200)
SEEN = (154, 90, 286, 310)
"""Left, upper, right and lower edge of what is blurred: the box, and 5 % of it on each side."""
DEER = (240, 150, 200, 200)


def scene(kind: str = "JPEG", **person: Any) -> tuple[Image, Detection]:
    """A photograph of 640 x 480 pixels that is lettered all over, a person on it, and a deer half behind them."""
    cells = np.random.default_rng(5).integers(0, 2, (60, 80), np.uint8) * 255
    picture = Picture.fromarray(np.kron(cells, np.ones((8, 8), np.uint8))).convert("RGB")
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": 95} if kind == "JPEG" else {}))
    path = default_storage.save(f"a/scene.{kind.lower()}", ContentFile(out.getvalue()))
    image = make.image(
        path,
        width=640,
        height=480,
        size=len(out.getvalue()),
        camera=make.camera(latitude=1, longitude=2),
    )
    box = dict(zip(("x", "y", "width", "height"), PERSON, strict=True))
    make.detection(**{"image": image, "classification": "person"} | box | person)
    box = dict(zip(("x", "y", "width", "height"), DEER, strict=True))
    deer = make.detection(image=image, deer=make.deer("Gus"), **box)
    crops_of_image(Frame.of(image), [CropRequest.of(deer)])
    return image, deer


def photograph(image: Image) -> Picture.Image:
    with default_storage.open(image.path) as file:
        return Picture.open(io.BytesIO(file.read())).convert("RGB")


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def got(client: Client, address: str) -> bytes:
    return body(client.get(address))


def zipped(deer: Detection) -> bytes:
    out = io.BytesIO()
    write_archive(ArchiveSpec((deer.pk,), True, False, 512), out, lambda *_: None)
    with zipfile.ZipFile(out) as file:
        return file.read(next(name for name in file.namelist() if name.endswith(".jpg")))


def public(deer: Detection) -> bytes:
    assert deer.deer is not None
    ((address, _day),) = public_deer(deer.deer).pictures
    return base64.b64decode(address.partition(",")[2])


WHOLE = (0, 0, 640, 480)
PADDED = (230, 140, 450, 360)
BOX = (240, 150, 440, 350)
WAYS: dict[str, tuple[Callable[[Client, Image, Detection], bytes], tuple[int, int, int, int]]] = {
    "photograph": (lambda client, image, _: got(client, f"/api/images/{image.pk}/file"), WHOLE),
    "small photograph": (
        lambda client, image, _: got(client, f"/api/images/{image.pk}/thumbnail"),
        WHOLE,
    ),
    "crop": (lambda client, _, deer: got(client, f"/api/detections/{deer.pk}/crop"), PADDED),
    "small crop": (
        lambda client, _, deer: got(client, f"/api/detections/{deer.pk}/thumbnail"),
        PADDED,
    ),
    "portrait of a report": (lambda *given: portraits([given[2].pk])[given[2].pk], PADDED),
    "public page of a deer": (lambda *given: public(given[2]), PADDED),
    "archive": (lambda *given: zipped(given[2]), BOX),
}
"""Each way with the part of the photograph that it shows."""


def compared(shown: bytes, image: Image, part: tuple[int, int, int, int]) -> Any:
    """The picture and the same part of the photograph as greys, and where the person is; edges belong to neither."""
    with Picture.open(io.BytesIO(shown)) as picture:
        grey = np.asarray(picture.convert("L")).astype(float)
        metadata = dict(picture.getexif())
    assert metadata == {}
    height, width = grey.shape
    truth = photograph(image).crop(part).resize((width, height), Picture.Resampling.BOX)
    across, down = width / (part[2] - part[0]), height / (part[3] - part[1])
    inside, outside = np.zeros((height, width), bool), np.ones((height, width), bool)
    left, top = (SEEN[0] - part[0]) * across, (SEEN[1] - part[1]) * down
    right, bottom = (SEEN[2] - part[0]) * across, (SEEN[3] - part[1]) * down

    def cut(by: int) -> tuple[slice, slice]:
        edges = (round(value) for value in (top + by, bottom - by, left + by, right - by))
        first, last, start, end = (max(edge, 0) for edge in edges)
        return slice(first, last), slice(start, end)

    inside[cut(2)] = True
    outside[cut(-16)] = False  # blocks of the JPEG, twice as large for colours
    return grey, np.asarray(truth.convert("L")).astype(float), inside, outside


@pytest.mark.parametrize("way", WAYS)
def test_a_person_is_beyond_recognition_and_the_rest_as_it_was(client: Client, way: str) -> None:
    image, deer = scene()
    get, part = WAYS[way]
    shown, truth, inside, outside = compared(get(client, image, deer), image, part)
    assert inside.any()
    # Letters of black and white were there; a few greys are.
    assert truth[inside].std() > 60
    assert shown[inside].std() < 20
    assert abs(np.corrcoef(shown[inside], truth[inside])[0, 1]) < 0.35
    assert np.corrcoef(shown[outside], truth[outside])[0, 1] > 0.95


@pytest.mark.parametrize("way", WAYS)
def test_what_a_person_is_found_on_later_is_shown_so_no_more(client: Client, way: str) -> None:
    image, deer = scene(classification="other")
    get, part = WAYS[way]
    shown, _, inside, _ = compared(get(client, image, deer), image, part)
    assert shown[inside].std() > 60
    Detection.objects.filter(image=image, classification="other").update(
        corrected_classification="vehicle"
    )
    shown, _, inside, _ = compared(get(client, image, deer), image, part)
    assert shown[inside].std() < 20
    # And shown again where it is corrected to what it was.
    Detection.objects.filter(image=image).exclude(pk=deer.pk).update(corrected_classification="pig")
    shown, _, inside, _ = compared(get(client, image, deer), image, part)
    assert shown[inside].std() > 60


def test_the_torso_of_a_deer_behind_a_person_shows_nothing_of_them(client: Client) -> None:
    image, deer = scene()
    row = torsos.torso(deer)
    # The upright torso is the crop as it is, stretched: 220 x 220 px of the photograph.
    crop = photograph(image).crop(PADDED)
    photo_store.replace(crop_name(deer.pk), encode_jpeg(crop))
    row.to_crop = [[220 / 432, 0, 0], [0, 220 / 288, 0]]
    row.save()
    both = Picture.new("RGB", (432, 576), "white")
    both.paste(crop.resize((432, 288)), (0, 0))
    content = encode_jpeg(both, comment=row.head.fingerprint.encode())
    photo_store.replace(torso_name(deer.pk), content)
    shown = got(client, f"/api/detections/{deer.pk}/torso")
    upper = Picture.open(io.BytesIO(shown)).crop((0, 0, 432, 288))
    grey, truth, inside, outside = compared(encode_jpeg(upper, 95), image, PADDED)
    assert grey[inside].std() < 20
    assert abs(np.corrcoef(grey[inside], truth[inside])[0, 1]) < 0.35
    assert np.corrcoef(grey[outside], truth[outside])[0, 1] > 0.9
    row.delete()  # being made anew: where it lies is not known
    assert client.get(f"/api/detections/{deer.pk}/torso").status_code == 404


def test_what_networks_are_shown_is_the_photograph_as_it_is(client: Client) -> None:
    image, deer = scene()
    (cut,) = crops_of_image(Frame.of(image), [CropRequest.of(deer)])
    assert isinstance(cut.crop, Picture.Image)
    _, truth, inside, _ = compared(encode_jpeg(cut.crop), image, PADDED)
    assert np.asarray(cut.crop.convert("L"))[inside].std() > 60
    before = read_file(crop_name(deer.pk))
    got(client, f"/api/detections/{deer.pk}/crop")
    assert read_file(crop_name(deer.pk)) == before
    assert truth[inside].std() > 60


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "HEIF"])
def test_a_photograph_of_any_format_is_blurred(client: Client, kind: str) -> None:
    image, _ = scene(kind)
    shown, _, inside, _ = compared(got(client, f"/api/images/{image.pk}/file"), image, WHOLE)
    assert shown[inside].std() < 20


def test_a_person_that_a_reviewer_threw_out_is_still_one(client: Client) -> None:
    image, _ = scene(is_valid=False)
    shown, _, inside, _ = compared(got(client, f"/api/images/{image.pk}/file"), image, WHOLE)
    assert shown[inside].std() < 20


def test_a_box_that_was_deleted_hides_nothing(client: Client) -> None:
    image, _ = scene(hidden_at=make.NOON)
    with default_storage.open(image.path) as file:
        assert got(client, f"/api/images/{image.pk}/file") == file.read()


def test_a_browser_that_has_it_is_told_that_it_is_another_picture(client: Client) -> None:
    image, deer = scene()
    address = f"/api/images/{image.pk}/file"
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    Detection.objects.filter(image=image).exclude(pk=deer.pk).update(x=170)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200
    assert client.get(address)["Cache-Control"] == "private, no-cache"


def test_no_range_of_bytes_is_of_the_file_itself(client: Client) -> None:
    image, _ = scene()
    whole = got(client, f"/api/images/{image.pk}/file")
    part: Any = client.get(f"/api/images/{image.pk}/file", headers={"Range": "bytes=0-99"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, whole[:100])


def test_a_package_holds_no_photograph_of_a_person() -> None:
    _, deer = scene()
    spec = ArchiveSpec((deer.pk,), True, True, 300, format=ArchiveFormat.CAMTRAP_DP)
    with pytest.raises(NothingExported, match="withheld"):
        write_camtrap(spec, io.BytesIO(), lambda *_: None)


def test_people_are_shown_where_the_operator_says_so(client: Client, settings: Any) -> None:
    settings.PEOPLE_BLUR = False
    image, deer = scene()
    for get, part in WAYS.values():
        shown, _, inside, _ = compared(get(client, image, deer), image, part)
        assert shown[inside].std() > 60
    settings.PEOPLE_BLUR = True
    for get, part in WAYS.values():
        shown, _, inside, _ = compared(get(client, image, deer), image, part)
        assert shown[inside].std() < 20


PIXELS = {
    "reid.imaging.canonical",
    "reid.imaging.decoding",
    "reid.imaging.frames",
    "reid.imaging.derived_files",
    "reid.storage.photo_store",
}
"""Modules by which pixels are read."""
ALLOWED = {
    "exports/archive/cutouts.py": "blurs what it cuts",
    "exports/camtrap/media.py": "photographs of people are withheld before",
    "exports/lifecycle/errors.py": "names what is raised where the store is away",
    "exports/management/commands/purge_exports.py": "names what is raised where the store is away",
    "reid/admin/torsos.py": "asks for the size of a crop alone",
    "reid/api/pictures/crops.py": "names problems",
    "reid/api/pictures/photographs.py": "asks for the address of what may be shown, and names problems",
    "thumper/api/problems.py": "names what is raised where the store is away",
    "thumper/pages/cameras/maps.py": "shows pictures of maps",
    "thumper/pages/photographs/repeats.py": "asks which crops there are, and links the API's",
    "thumper/pages/health/overview.py": "looks at the room on the disk",
}
"""Modules of what people see that import one of these, and why that shows nobody."""


def test_nothing_that_people_see_reads_pixels_past_the_one_place() -> None:
    found = set()
    for path in SOURCES:
        if path.startswith(
            ("exports/", "reid/api/", "reid/admin/", "thumper/pages/", "thumper/api/")
        ):
            for node in ast.walk(ast.parse((ROOT / path).read_text())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = {node.module} | {f"{node.module}.{one.name}" for one in node.names}
                    if names & PIXELS:
                        found.add(path)
    assert found == set(ALLOWED)
