"""Fuzzing of every reader: whatever a source holds, it is read or refused, and what was refused stores nothing."""

from __future__ import annotations

import copy
import itertools
import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from reid.importing.deployments import import_deployments
from reid.importing.detections import import_detections
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.registry import FORMATS, choose
from reid.importing.options import ImportOptions
from reid.importing.rows import Note, Refusal, Row, Skip, SourceProblem
from reid.importing.tests import fuzz
from reid.models import (
    Camera,
    Deer,
    Deployment,
    Detection,
    Encounter,
    Image,
    Import,
    ImportProblem,
    Sighting,
)
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from reid.importing.formats.base import Format

pytestmark = pytest.mark.django_db

FEW, MANY = 60, 5_000
_FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


def examples(count: int) -> Callable[[Any], Any]:
    return settings(max_examples=count, deadline=None, suppress_health_check=_FIXTURES)


counts = pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)


@pytest.fixture
def card(tmp_path: Path, settings: Any, media_root: Path) -> Path:
    """A folder of photographs, outside the media root."""
    folder = tmp_path / "card"
    for seed, name in enumerate(fuzz.PHOTOGRAPHS):
        make.photograph("new.jpg", seed=seed)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (media_root / "new.jpg").rename(folder / name)
    return folder


def put(files: fuzz.Files, folder: Path) -> Path:
    """Write the source; the file, or the folder where it has several."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder if len(files) > 1 else folder / next(iter(files))


@counts
@pytest.mark.parametrize("source_format", FORMATS, ids=lambda item: item.name)
def test_a_reader_yields_rows_or_refuses_the_source(source_format: Format, count: int) -> None:
    @examples(count)
    @given(fuzz.sources())
    def read(files: fuzz.Files) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = put(files, Path(folder))
            try:
                source = choose(path, source_format.name).open(path, SourceOptions())
                items = list(itertools.islice(source.items(), 1_000))
                total = source.total
            except SourceProblem as problem:
                assert str(problem).isprintable()
                assert Path(folder).parent.as_posix() + "/" not in str(problem)
                return
            assert total is None or total >= 0
            for item in items:
                require_sound(item)

    read()


def require_sound(item: object) -> None:
    assert isinstance(item, (Row, Refusal, Skip, Note))
    if isinstance(item, Row):
        assert 0 <= item.confidence <= 1
        if item.area:
            edges = (item.area.x, item.area.y, item.area.width, item.area.height)
            assert all(math.isfinite(edge) for edge in edges)
    if isinstance(item, Refusal):
        assert item.text
        assert " object at 0x" not in item.text


@counts
def test_what_an_import_refuses_is_not_stored(card: Path, count: int) -> None:
    """The store holds what the report counts, whichever format took the source for its own."""
    user = get_user_model().objects.create(username="ranger")

    @examples(count)
    @given(fuzz.sources())
    def bring(files: fuzz.Files) -> None:
        with tempfile.TemporaryDirectory() as folder, transaction.atomic():
            path = put(files, Path(folder))
            try:
                report = import_detections(
                    path, actor=user, options=ImportOptions(root=card, collection="card")
                )
            except SourceProblem as problem:
                assert str(problem).isprintable()
                assert Path(folder).parent.as_posix() + "/" not in str(problem)
                require_nothing()
                assert not Import.objects.filter(state=Import.State.COMPLETED).exists()
            else:
                stored = [model.objects.count() for model in (Image, Detection, Deer, Camera)]
                assert stored == [report.images, report.detections, report.deer, report.cameras]
                if not report.detections and not report.empty:
                    assert report.images == 0
                for detection in Detection.objects.select_related("image"):
                    image = detection.image
                    assert 0 <= detection.x < detection.x + detection.width <= image.width
                    assert 0 <= detection.y < detection.y + detection.height <= image.height
                    assert 0 <= detection.confidence <= 1
                assert not Deer.objects.filter(name_key="").exists()
                json.dumps(Import.objects.get().counts, allow_nan=False)
            transaction.set_rollback(True)

    bring()


def require_nothing() -> None:
    for model in (Image, Detection, Deer, Camera, Deployment, Encounter, Sighting):
        assert not model.objects.exists(), model


@counts
def test_deployments_are_read_or_refused(count: int) -> None:
    @examples(count)
    @given(fuzz.sources())
    def bring(files: fuzz.Files) -> None:
        with tempfile.TemporaryDirectory() as folder, transaction.atomic():
            try:
                report = import_deployments(put(files, Path(folder)))
            except SourceProblem as problem:
                assert str(problem).isprintable()
                require_nothing()
            else:
                assert Deployment.objects.count() == report.created
                assert Camera.objects.count() == report.cameras
                for deployment in Deployment.objects.exclude(ended_on=None):
                    assert deployment.started_on <= (deployment.ended_on or deployment.started_on)
            transaction.set_rollback(True)

    bring()


def test_the_seeds_themselves_are_read(card: Path) -> None:
    """Fuzzing of seeds that nothing reads would prove nothing."""
    user = get_user_model().objects.create(username="ranger")
    for name in ("megadetector.json", "table.csv"):
        with tempfile.TemporaryDirectory() as folder, transaction.atomic():
            path = put({name: fuzz.plain(name)}, Path(folder))
            report = import_detections(path, actor=user, options=ImportOptions(root=card))
            assert report.images >= 2, name
            transaction.set_rollback(True)
    with tempfile.TemporaryDirectory() as folder:
        path = put({"cameras.csv": fuzz.plain("cameras.csv")}, Path(folder))
        assert import_deployments(path).created == 1


@pytest.mark.parametrize("path", ["\ud800.jpg", "a\0.jpg"])
def test_a_path_that_cannot_be_stored_is_refused_and_listed(card: Path, path: str) -> None:
    user = get_user_model().objects.create(username="ranger")
    entry = {"file": path, "detections": []}
    file = card / "detections.json"
    file.write_text(
        json.dumps(fuzz.JSON_SEEDS["megadetector.json"] | {"images": [entry]}), encoding="utf-8"
    )
    report = import_detections(file, actor=user)
    assert report.images == 0
    (problem,) = ImportProblem.objects.all()
    assert problem.path == path.encode("unicode_escape").decode()


def test_a_word_of_a_class_that_cannot_be_stored_is_kept_as_far_as_it_can(card: Path) -> None:
    user = get_user_model().objects.create(username="ranger")
    seed = copy.deepcopy(fuzz.JSON_SEEDS["megadetector.json"])
    seed["classification_categories"] = {"1": "deer \ud800" + "x" * 5_000}
    (card / "detections.json").write_text(json.dumps(seed), encoding="utf-8")
    report = import_detections(card / "detections.json", actor=user)
    assert report.detections == 1
