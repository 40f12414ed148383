"""One table as spreadsheets save it: every way of saving gives the same photographs, boxes, deer and days."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.rows import SourceProblem
from reid.importing.tables.dialect import UNKNOWN_ENCODING
from reid.models import Camera, Deer, Detection, Image, Import
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db

HEAD = ["path", "captured_at", "camera", "x", "y", "width", "height", "confidence", "deer"]
ROWS = [
    [f"IMG_000{number}.JPG", f"2025-10-0{number + 2} 06:12:44", "Pe\u00f1a", "10", "20", "300", "200", "0.91", "Gus"]
    for number in (1, 2)
]  # fmt: skip
DECIMAL = [[*row[:3], "10,0", "20,0", "300,0", "200,0", "0,91", "Gus"] for row in ROWS]
SHARES = [[*row[:3], "0.015625", "0.041666", "0.46875", "0.416667", *row[7:]] for row in ROWS]
AMERICAN = [[row[0], f"10/{day}/2025 6:12:44 AM", *row[2:]] for row, day in zip(ROWS, (3, 4), strict=True)]  # fmt: skip


@pytest.fixture
def photographs(media_root: Path) -> Path:
    """Two photographs of 640 x 480 in a folder below the media root."""
    for number in (1, 2):
        make.photograph(f"photos/IMG_000{number}.JPG", seed=number, width=640, height=480)
    return media_root / "photos"


@pytest.fixture
def bring(photographs: Path, tmp_path: Path, django_user_model: Any) -> Callable[..., Any]:
    """Import a table of the two photographs."""
    user = django_user_model.objects.create(username="ranger")

    def from_table(data: bytes, name: str = "table.csv", **options: Any) -> Any:
        (tmp_path / name).write_bytes(data)
        chosen = ImportOptions(root=photographs, time_zone="America/Chicago", **options)
        return import_detections(tmp_path / name, actor=user, options=chosen)

    return from_table


def text(separator: str, *rows: list[str]) -> str:
    return "".join(separator.join(row) + "\r\n" for row in rows)


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def require_the_same(report: Any) -> None:
    assert (report.detections, report.images, report.cameras, report.deer) == (2, 2, 1, 1)
    assert not report.refused
    assert Camera.objects.get().name == "Pe\u00f1a"
    assert Deer.objects.get().name == "Gus"
    for detection in Detection.objects.all():
        assert (detection.x, detection.y, detection.width, detection.height) == (10, 20, 300, 200)
        assert (detection.confidence, str(detection.deer)) == (0.91, "Gus")
    moments = list(Image.objects.order_by("path").values_list("captured_at", flat=True))
    assert moments == [datetime(2025, 10, day, 11, 12, 44, tzinfo=UTC) for day in (3, 4)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(text(";", HEAD, *ROWS).encode("utf-8-sig"), id="semicolons"),
        pytest.param(text("\t", HEAD, *ROWS).encode(), id="tabs"),
        pytest.param(text("\t", HEAD, *ROWS).encode("utf-16"), id="utf-16"),
        pytest.param(text(",", HEAD, *ROWS).encode("cp1252"), id="cp1252"),
        pytest.param(text(";", HEAD, *DECIMAL).encode(), id="decimal commas"),
        pytest.param(text(",", [name.title() for name in HEAD], *ROWS).encode(), id="capitals"),
        pytest.param(text(",", [f" {name} " for name in HEAD], *ROWS).encode(), id="blanks"),
        pytest.param(text(",", HEAD, *ROWS, *[[""] * 9] * 3).encode(), id="empty lines"),
        pytest.param(text(";", ["sep=;"], HEAD, *ROWS).encode(), id="sep line"),
        # siblings
        pytest.param("\ufeff".encode("utf-16-be") + text(";", HEAD, *DECIMAL).encode("utf-16-be"), id="utf-16-be"),
        pytest.param(text(";", HEAD, *DECIMAL).encode("cp1252"), id="cp1252 with decimal commas"),
        pytest.param(text("|", [name.upper() for name in HEAD], *ROWS).encode(), id="bars"),
        pytest.param(text(",", [], ["", ""], HEAD, *ROWS, [], []).encode("utf-8-sig"), id="empty lines above"),
        pytest.param(text(",", HEAD, *SHARES).encode(), id="shares"),
        pytest.param(workbook(HEAD, *ROWS), id="workbook"),
        pytest.param(
            workbook(HEAD, *[[row[0], datetime.fromisoformat(row[1]), row[2], 10, 20, 300.0, 200, 0.91, "Gus", None] for row in ROWS]),
            id="workbook with dates",
        ),
    ],
)  # fmt: skip
def test_every_way_of_saving_a_table_gives_the_same(bring, data: bytes) -> None:
    require_the_same(bring(data))


def test_a_letter_that_is_not_certain_stops_the_import_with_nothing_stored(bring) -> None:
    with pytest.raises(SourceProblem) as problem:
        bring(text(",", HEAD, *ROWS).encode("mac_roman"))
    assert str(problem.value) == UNKNOWN_ENCODING.format(source="table.csv", line=2)
    assert not Image.objects.exists() and not Camera.objects.exists()


def test_an_open_order_of_days_stops_the_import_with_nothing_stored(bring) -> None:
    with pytest.raises(SourceProblem, match="'%m/%d/%Y %I:%M:%S %p'"):
        bring(text(",", HEAD, *AMERICAN).encode())
    assert not Image.objects.exists() and not Camera.objects.exists()
    assert Import.objects.get().state == Import.State.FAILED
    require_the_same(bring(text(",", HEAD, *AMERICAN).encode(), time_format="%m/%d/%Y %I:%M:%S %p"))


def test_the_command_takes_columns_and_a_format_of_times(photographs: Path, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Foto;Wann;Wo;Wer\nIMG_0001.JPG;3.10.25 6:12;Eiche;Gus\n")
    arguments = ["import_detections", str(file), "--root", str(photographs), "--no-progress"]
    columns = ("path=Foto", "captured-at=Wann", "camera=wo", "deer=Wer")
    for column in columns:
        arguments += ["--column", column]
    out = io.StringIO()
    call_command(*arguments, "--time-format", "%d.%m.%y %H:%M", stdout=out)
    assert "t.csv: semicolons between the columns" in out.getvalue()
    image = Image.objects.select_related("camera").get()
    assert image.camera is not None and image.camera.name == "Eiche"
    assert image.captured_at is not None and image.captured_at.day == 3
    assert Deer.objects.get().name == "Gus"
    with pytest.raises(CommandError, match="names deer twice"):
        call_command(*arguments, "--column", "deer=Wo")
    with pytest.raises(CommandError, match="'deer' is not FIELD=HEADING"):
        call_command(*arguments, "--column", "deer")


def test_a_table_of_a_program_comes_in_with_its_photographs(bring) -> None:
    report = bring(
        b"RootFolder,File,RelativePath,DateTime,DeleteFlag,Camera,Species,Individual\n"
        b"Ranch,IMG_0001.JPG,,2025-10-03 06:12:44,false,oak,doe,Ada\n"
        b"Ranch,IMG_0002.JPG,.,2025-10-04 06:12:44,false,oak,Empty,\n"
    )
    assert (report.detections, report.empty, report.images, report.deer) == (1, 1, 2, 1)
    assert Import.objects.get().source_format == "timelapse"
    detection = Detection.objects.select_related("image__camera", "deer").get()
    assert (detection.width, detection.height) == (640, 480)
    assert (detection.classification, str(detection.deer), detection.source_label) == (
        "doe",
        "Ada",
        "doe",
    )
    assert detection.image.camera is not None and detection.image.camera.name == "oak"


def test_a_bundle_is_read_beside_photographs_of_another_folder(
    photographs: Path, tmp_path: Path, django_user_model: Any
) -> None:
    bundle = tmp_path / "download"
    bundle.mkdir()
    (bundle / "deployments.csv").write_text("project_id,deployment_id,placename\n7,D1,oak\n")
    (bundle / "images.csv").write_text(
        "project_id,deployment_id,image_id,filename,location,is_blank,common_name,timestamp,individual_id\n"
        "7,D1,i1,IMG_0001.JPG,gs://b/u.JPG,0,doe,2025-10-03 06:12:44,Ada\n"
    )
    user = django_user_model.objects.create(username="ranger")
    report = import_detections(bundle, actor=user, options=ImportOptions(root=photographs))
    assert (report.detections, report.images, report.deer, report.refused) == (1, 1, 1, {})
    assert Camera.objects.get().name == "oak"
