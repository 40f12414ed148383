"""metadata.csv imported again: an empty store gets the same photographs, boxes, classes, times and deer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from exports.archive import metadata
from reid.importing.detections import import_detections
from reid.importing.formats import registry
from reid.importing.options import ImportOptions
from reid.models import Camera, Deer, Detection, Encounter, Image
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def facts() -> list[tuple[Any, ...]]:
    names = (
        "image__path", "image__captured_at", "image__camera__name", "x", "y", "width", "height", "confidence",
        "classification", "deer__name",
    )  # fmt: skip
    return list(Detection.objects.order_by("image__path", "x").values_list(*names))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_its_own_table_brings_back_what_it_was_made_of(
    media_root: Path, tmp_path: Path, django_user_model: Any, mark: str
) -> None:
    user = django_user_model.objects.create(username="ranger")
    (media_root / "cards").mkdir()
    source = media_root / "cards" / "t.csv"
    for number in (1, 2):
        make.photograph(f"cards/{number}.jpg", seed=number)
    source.write_text(
        "path,captured_at,camera,x,y,width,height,classification,confidence,deer\n"
        "1.jpg,2025-10-03 06:12:44,=oak,10,20,100,120,buck,0.8,-Gus\n"
        "1.jpg,2025-10-03 06:12:44,=oak,150,20,90,90,doe,0.5,Ada\n"
        "2.jpg,2025-11-03 06:12:44,elm,1,2,30,40,cattle,0.25,\n"
    )
    import_detections(source, actor=user)
    before = facts()
    rows = list(metadata.read_detections(Detection.objects.values_list("pk", flat=True)).values())
    table = tmp_path / "metadata.csv"
    table.write_bytes((mark + "".join(metadata.table([rows]))).encode())
    for model in (Detection, Image, Encounter, Deer, Camera):
        model._base_manager.all().delete()
    assert registry.recognise(table).name == "thumper-metadata"
    report = import_detections(table, actor=user, options=ImportOptions(root=media_root))
    assert (report.detections, report.images, report.deer, report.refused) == (3, 2, 2, {})
    assert facts() == before
