"""A store that was backed up while it ran, restored into another home and database by real processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from reid.models import Camera, Deer, Detection, Image
from thumper.backups import making

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumper.backups.folder import BackupFolder
    from thumper.backups.tests.conftest import Installation

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
RECORDER = "thumper.backups.tests.recorded_requests"


def addresses() -> list[str]:
    """Twenty addresses of the API: lists, records, filters, photographs, crops, and one that is not there."""
    image, detection = Image.objects.first(), Detection.objects.first()
    oak = Deer.objects.get(name="Oak")
    camera = Camera.objects.get()
    assert image is not None
    assert detection is not None
    return [
        "/api/cameras",
        f"/api/cameras/{camera.pk}",
        "/api/images",
        f"/api/images/{image.pk}",
        f"/api/images/{image.pk}/file",
        f"/api/images/{image.pk}/thumbnail",
        "/api/detections",
        f"/api/detections?deer={oak.pk}",
        f"/api/detections/{detection.pk}",
        f"/api/detections/{detection.pk}/crop",
        f"/api/detections/{detection.pk}/thumbnail",
        f"/api/detections/{detection.pk}/torso",
        "/api/deer",
        f"/api/deer/{oak.pk}",
        "/api/scores",
        f"/api/scores?deer={oak.pk}",
        "/api/runs",
        "/api/operations",
        "/api/thresholds/",
        "/api/review/labels",
    ]


@pytest.mark.usefixtures("store")
def test_it_answers_twenty_requests_byte_for_byte(
    here: Installation, elsewhere: Callable[[], Installation], backups: BackupFolder
) -> None:
    wanted = json.dumps(addresses())
    before = json.loads(here.python(RECORDER, text=wanted))
    made = here.manage("backup", str(backups.path))
    assert made.returncode == 0, made.stderr
    there = elsewhere()
    restored = there.manage("restore", str(backups.path))
    assert restored.returncode == 0, restored.stderr
    assert "4 images, 4 detections, 2 deer" in restored.stdout
    after = json.loads(there.python(RECORDER, text=wanted))
    assert len(after) == 20
    assert sorted(answer[0] for answer in before.values()) == [200] * 19 + [404]
    assert after == before


@pytest.mark.usefixtures("store")
def test_a_store_that_is_not_empty_is_replaced_when_that_is_asked_for(
    here: Installation, backups: BackupFolder
) -> None:
    making.make(backups)
    Deer.objects.filter(name="Oak").update(name="Elm", name_key="elm")
    (settings.MEDIA_ROOT / "season" / "0.jpg").write_bytes(b"spoiled")
    (settings.MEDIA_ROOT / "season" / "new.jpg").write_bytes(b"came later")
    refused = here.manage("restore", str(backups.path))
    assert refused.returncode == 1
    assert "This store is not empty" in refused.stderr
    assert Deer.objects.filter(name="Elm").exists()
    restored = here.manage("restore", str(backups.path), "--replace")
    assert restored.returncode == 0, restored.stderr
    assert set(Deer.objects.values_list("name", flat=True)) == {"Oak", "Pine"}
    assert (settings.MEDIA_ROOT / "season" / "0.jpg").read_bytes() != b"spoiled"
    assert (settings.MEDIA_ROOT / "season" / "new.jpg").read_bytes() == b"came later"
    assert "1 files below the media folder are not of this backup" in restored.stdout


@pytest.mark.usefixtures("store")
def test_a_damaged_backup_is_refused_before_anything_changes(
    here: Installation, elsewhere: Callable[[], Installation], backups: BackupFolder
) -> None:
    made = making.make(backups)
    content = max(backups.path.glob("contents/??/*"))
    content.write_bytes(b"spoiled")
    there = elsewhere()
    refused = there.manage("restore", str(backups.path))
    assert refused.returncode == 1
    assert f"The backup {made.manifest.name} is damaged, and nothing was changed" in refused.stderr
    assert not list(settings.MEDIA_ROOT.glob("../../elsewhere-*/media/*"))
    verified = here.manage("backup", str(backups.path), "--verify")
    assert verified.returncode == 1
    assert f"{content.relative_to(backups.path)} is not what was written" in verified.stderr
    content.unlink()
    assert making.make(backups).copied == 1
    assert here.manage("backup", str(backups.path), "--verify").returncode == 0


@pytest.mark.usefixtures("store")
def test_a_store_with_workers_is_not_replaced(
    here: Installation,
    backups: BackupFolder,
    start_process: Callable[..., object],
    redis_client: object,
) -> None:
    from rq import Worker

    from conftest import wait_until

    making.make(backups)
    start_process("rqworker", "maintenance")
    wait_until(lambda: Worker.count(redis_client), 120, "a worker is registered")
    for command in (("restore", str(backups.path), "--replace"), ("upgrade",)):
        refused = here.manage(*command)
        assert refused.returncode == 1
        assert (
            "1 of Thumper's workers runs (queue maintenance): stop Thumper first" in refused.stderr
        )
