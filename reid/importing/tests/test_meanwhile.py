"""Acts of people while an import reads files: they count, and the import goes on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from reid import reviewing
from reid.cameras import changes
from reid.import_undo.undo import undo
from reid.importing import batches, detections
from reid.importing.detections import ImportOptions, import_detections
from reid.importing.reading import prepare
from reid.models import Camera, Deployment, Detection, Image, Import
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(media_root: Path, tmp_path: Path, admin_user: Any) -> Callable[..., Any]:
    """Import a table about two photographs of October."""
    for number in (1, 2):
        make.photograph(f"photos/{number}.jpg", seed=number)

    def from_table(*lines: str) -> Any:
        text = "\n".join(("path,camera,captured_at,x,y,width,height", *lines))
        (tmp_path / "table.csv").write_text(text)
        options = ImportOptions(root=media_root / "photos", time_zone="UTC")
        return import_detections(tmp_path / "table.csv", actor=admin_user, options=options)

    return from_table


@pytest.fixture
def once_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do something when the files of the first batch have been read, and nothing of it is written."""

    def do(act: Callable[[], Any]) -> None:
        acts = [act]

        def read_then(*arguments: Any) -> Any:
            readings = prepare.read(*arguments)
            while acts:
                acts.pop()()
            return readings

        monkeypatch.setattr(detections, "read", read_then)

    return do


def line(number: int, camera: str = "North", box: str = "1,1,50,50") -> str:
    return f"{number}.jpg,{camera},2025-10-03 06:12:44,{box}"


def test_a_camera_that_a_person_gave_stays(
    bring: Callable[..., Any], once_read: Callable[..., None], admin_user: Any
) -> None:
    bring(line(1, camera=""))
    image, south = Image.objects.get(), make.camera("South")
    versions = {image.pk: image.version}
    once_read(
        lambda: reviewing.set_camera(versions=versions, camera=south.pk, actor=admin_user),
    )
    bring(line(1))
    image.refresh_from_db()
    assert image.camera == south


def test_a_photograph_whose_import_was_undone_is_refused_by_itself(
    bring: Callable[..., Any], once_read: Callable[..., None], admin_user: Any
) -> None:
    bring(line(1))
    key = Import.objects.get().pk
    once_read(lambda: undo(key, actor=admin_user))
    report = bring(line(1, box="9,9,90,90"), line(2))
    assert report.refused == {"contradiction": 1} and report.detections == 1
    assert "removed while the import ran" in report.refusals[0].text
    assert Detection.objects.get().image.path == "photos/2.jpg"


def test_clocks_are_judged_by_the_deployments_of_that_moment(
    bring: Callable[..., Any],
    once_read: Callable[..., None],
    admin_user: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    north = make.camera("North")
    Deployment.objects.create(camera=north, started_on=date(2025, 9, 1), ended_on=date(2025, 9, 2))
    days = {"started_on": date(2025, 10, 1)}
    once_read(lambda: changes.add_deployment(north.pk, days, actor=admin_user))
    monkeypatch.setattr(batches, "BATCH", 1)
    assert not bring(line(1), line(2)).notes
    assert set(Image.objects.values_list("clock_problem", flat=True)) == {""}


def test_a_photograph_that_gets_a_camera_is_judged_by_its_days_until_that_is_undone(
    bring: Callable[..., Any], admin_user: Any
) -> None:
    bring(line(1, camera=""))
    north = Camera.objects.create(name="North")
    Deployment.objects.create(camera=north, started_on=date(2025, 11, 1))
    report = bring(line(1))
    image = Image.objects.get()
    assert (image.camera, image.clock_problem) == (north, "not_deployed")
    assert report.notes == {"camera not deployed at that time": 1}
    undo(Import.objects.latest("started_at").pk, actor=admin_user)
    image.refresh_from_db()
    assert (image.camera, image.clock_problem) == (None, "")
