"""Fixtures of backups: a filled store of the test's own folders, and other installations beside it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thumper.backups.folder import BackupFolder

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Installation:
    """A home and a database, with the environment by which processes work on them."""

    env: dict[str, str]

    def manage(self, *arguments: str, **extra_env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env | extra_env,
            capture_output=True,
            text=True,
        )

    def python(self, module: str, *arguments: str, text: str = "") -> str:
        """What a module of the tests prints; it must end well."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.env,
            input=text,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def folders(tmp_path: Path, settings: Any, redis_client: object) -> dict[str, str]:
    """Media, models and backups of this test alone, in its own process and in others by these variables.

    No worker is registered that an earlier test has killed: while one is, no store is replaced.
    """
    variables = {}
    for name in ("MEDIA_ROOT", "MODEL_ROOT", "BACKUP_ROOT"):
        folder = tmp_path / "here" / name.lower()
        folder.mkdir(parents=True)
        setattr(settings, name, folder)
        variables[name] = str(folder)
    return variables


@pytest.fixture
def here(folders: dict[str, str], process_env: dict[str, str]) -> Installation:
    """The installation that the test itself works on."""
    return Installation(process_env | folders)


@pytest.fixture
def elsewhere(tmp_path: Path, here: Installation) -> Iterator[Callable[[], Installation]]:
    """A function that gives another installation: a fresh home and an empty database of the same kind."""
    from django.db import connection

    databases: list[str] = []
    server = os.environ.get("DATABASE_URL", "")

    def fresh() -> Installation:
        number = uuid.uuid4().hex[:8]
        home = tmp_path / f"elsewhere-{number}"
        env = {
            name: value
            for name, value in here.env.items()
            if name not in ("DATABASE_URL", "MEDIA_ROOT", "MODEL_ROOT", "BACKUP_ROOT")
        }
        env["THUMPER_HOME"] = str(home)
        if connection.vendor == "postgresql":
            name = f"elsewhere_{number}"
            with psycopg.connect(server, autocommit=True) as session:
                session.execute(f"CREATE DATABASE {name}".encode())
            databases.append(name)
            env["DATABASE_URL"] = urlsplit(server)._replace(path=f"/{name}").geturl()
        return Installation(env)

    yield fresh
    for name in databases:
        with psycopg.connect(server, autocommit=True) as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def backups(here: Installation) -> BackupFolder:
    from django.conf import settings

    from thumper.backups.folder import BackupFolder

    return BackupFolder(settings.BACKUP_ROOT)


@pytest.fixture
def store(here: Installation) -> None:
    """Two named deer and a stranger, photographed, cropped, embedded, scored and decided; and a model."""
    from django.conf import settings
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from reid.imaging.canonical import crop_name
    from reid.tests import make

    camera = make.camera("North gate")
    scorer = make.scorer()
    run = make.run(scorer)
    oak, pine = make.deer("Oak"), make.deer("Pine", sex="buck")
    for number, deer in enumerate((oak, pine, oak, None)):
        image = make.image(
            f"season/{number}.jpg",
            with_file=True,
            camera=camera,
            captured_at=make.later(days=number),
        )
        detection = make.detection(image=image, deer=deer, is_reference=deer is not None)
        make.embedding(detection, scorer, 1, number, 0, 0)
        default_storage.save(crop_name(detection.pk), ContentFile(_jpeg(40 * number)))
        for other in (oak, pine):
            make.score(detection, other, 7000 + number, run)
    make.threshold(scorer)
    model = Path(settings.MODEL_ROOT) / "own-model"
    model.mkdir()
    (model / "model.json").write_text("{}")
    (Path(settings.MODEL_ROOT) / ".onnx").mkdir()
    (Path(settings.MODEL_ROOT) / ".onnx" / "made.onnx").write_text("made again")


def _jpeg(shade: int) -> bytes:
    """A small picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, shade, shade)).save(buffer, "JPEG")
    return buffer.getvalue()
