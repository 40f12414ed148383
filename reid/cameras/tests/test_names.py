"""The name of a merged camera leads to the one that goes on, wherever a table or a person uses it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from reid.cameras.merging import merge
from reid.import_undo.undo import UndoRefused
from reid.import_undo.undo import undo as undo_import
from reid.importing import batches
from reid.importing.deployments import import_deployments
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Camera, Deployment, Encounter, Image, Import
from reid.models.cameras import NAME_OF_MERGED_CAMERA
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.deployments import DeploymentReport
    from reid.importing.report import ImportReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    """The camera that goes on; "Old Gate" was merged into it."""
    row = make.camera("gate")
    merge(make.camera("Old Gate"), row, actor=get_user_model().objects.create(username="ann"))
    return row


@pytest.fixture
def photographs(tmp_path: Path, media_root: Path):
    def photographs(*rows: str, progress: Any = None) -> ImportReport:
        folder = tmp_path / "card"
        folder.mkdir()
        for number, row in enumerate(rows):
            make.photograph("new.jpg", seed=number)
            (media_root / "new.jpg").rename(folder / row.split(",")[0])
        table = folder / "table.csv"
        table.write_text("\n".join(["path,captured_at,camera", *rows]) + "\n")
        ann = get_user_model().objects.get(username="ann")
        return import_detections(table, actor=ann, options=ImportOptions(), progress=progress)

    return photographs


def stations(tmp_path: Path, *rows: str) -> DeploymentReport:
    file = tmp_path / "stations.csv"
    file.write_text("\n".join(["camera,started_on,ended_on", *rows]) + "\n")
    return import_deployments(file)


def test_photographs_go_to_the_camera_that_goes_on(gate: Camera, photographs) -> None:
    report = photographs("a.jpg,2025-10-01 12:00:00,OLD GATE", "b.jpg,2025-10-01 12:01:00,gate")
    assert report.cameras == 0
    assert set(Image.objects.values_list("camera", flat=True)) == {gate.pk}
    (seen,) = report.understood.cameras
    assert (seen.name, seen.status, seen.photographs) == ("gate", "known", 2)


def test_a_merge_while_an_import_runs_is_seen_by_its_next_batch(
    photographs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else photographs would come to lie at a camera that no list shows."""
    ann: Any = get_user_model().objects.create(username="ann")
    gate, other = make.camera("gate"), make.camera("Oak")
    monkeypatch.setattr(batches, "BATCH", 1)
    rows = [f"{name}.jpg,2025-10-01 12:0{name}:00,Oak" for name in range(3)]

    def after_the_first(done: int, _: int | None) -> None:
        if done == 1:
            merge(other, gate, actor=ann)

    photographs(*rows, progress=after_the_first)
    assert set(Image.objects.values_list("camera", flat=True)) == {gate.pk}
    assert Encounter.objects.get().camera == gate


def test_its_deployments_judge_the_times(gate: Camera, photographs) -> None:
    Deployment.objects.create(camera=gate, started_on=date(2025, 9, 1), ended_on=date(2025, 9, 30))
    photographs("a.jpg,2025-10-01 12:00:00,old gate")
    assert Image.objects.get().clock_problem == "not_deployed"


def test_deployments_go_there_too_and_do_not_overlap(gate: Camera, tmp_path: Path) -> None:
    report = stations(
        tmp_path, "Old Gate,2025-09-01,2025-09-30", "gate,2025-09-15,", "gate,2025-09-30,"
    )
    assert (report.created, report.cameras) == (2, 0)
    assert [refusal.line for refusal in report.refusals] == [3]
    assert set(Deployment.objects.values_list("camera", flat=True)) == {gate.pk}


def test_nobody_takes_its_name(gate: Camera) -> None:
    camera = Camera(name="old  gate")
    with pytest.raises(ValidationError) as error:
        camera.clean()
    text = NAME_OF_MERGED_CAMERA.format(name="Old Gate", camera="gate")
    assert error.value.messages == [text]


def test_a_camera_that_took_over_another_is_no_loss_of_an_undo(photographs) -> None:
    """The undo of the import that made it names the merge, and deletes nothing that it holds."""
    ann: Any = get_user_model().objects.create(username="ann")
    photographs("a.jpg,2025-10-01 12:00:00,gate")
    merge(make.camera("Old Gate"), Camera.objects.get(name="gate"), actor=ann)
    record = Import.objects.get()
    with pytest.raises(UndoRefused, match="camera gate"):
        undo_import(record.pk, actor=ann)
    undo_import(record.pk, actor=ann, keep_used=True)
    assert not Image.objects.exists()
    assert Camera.objects.get().name == "gate"
