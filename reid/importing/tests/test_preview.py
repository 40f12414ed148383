"""Previews: what a dry run shows, and every import keeps in its record."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from reid.importing import preview, preview_lines
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.importing.preview import CameraSeen, DeerSeen, WordSeen
from reid.models import Camera, Deer, Detection, Import
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.preview import Preview

pytestmark = pytest.mark.django_db

LINES = (
    "path,captured_at,camera,classification,deer",
    "a.jpg,2025-10-01 12:00:00,North Gate,buck,Old Gus",
    "b.jpg,2025-11-03 06:00:00,North  Gate,mature,Old  Gus",
    "c.jpg,,creek,doe,",
    "d.jpg,2025-10-02 12:00:00,,doe,",
)


@pytest.fixture
def source(media_root: Path, settings) -> Path:
    settings.TIME_ZONE, settings.TIME_ZONE_SOURCE = "America/Chicago", "TIME_ZONE"
    for seed, name in enumerate("abcd"):
        make.photograph(f"card/{name}.jpg", seed=seed)
    file = media_root / "card" / "table.csv"
    file.write_text("\n".join(LINES) + "\n")
    return file


@pytest.fixture
def user(django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ranger")


def tried(source: Path, user: Any, **options: Any) -> Preview:
    wanted = ImportOptions(**{"dry_run": True} | options)
    return import_detections(source, actor=user, options=wanted).understood


def test_a_dry_run_says_what_it_understood_and_keeps_nothing(source: Path, user: Any) -> None:
    Deer.objects.create(name="old_gus")
    Camera.objects.create(name="Creek")
    understood = tried(source, user)
    assert (understood.source, understood.source_format) == ("table.csv", "table")
    assert (understood.time_zone, understood.time_zone_source) == ("America/Chicago", "TIME_ZONE")
    assert understood.cameras == (
        CameraSeen("North Gate", "new", (), 2, "2025-10-01T12:00:00-05:00", "2025-11-03T06:00:00-06:00"),
        CameraSeen("Creek", "known", (), 1, "", ""),
    )  # fmt: skip
    assert understood.deer == (DeerSeen("Old Gus", "new", ("old_gus",), 2, 2),)
    counted: Counter[str] = Counter()
    for word in understood.words:
        counted[word.classification] += word.detections
    assert counted == {"buck": 2, "doe": 2}
    assert (understood.photographs, understood.without_camera, understood.without_time) == (4, 1, 1)
    assert not Detection.objects.exists() and not Import.objects.exists()


def test_what_is_known_is_called_known(source: Path, user: Any) -> None:
    tried(source, user, dry_run=False)
    understood = tried(source, user)
    assert {item.status for item in understood.cameras} == {"known"}
    assert {item.status for item in understood.deer} == {"known"}
    assert understood.deer[0].references == 0


def test_every_import_keeps_it_in_its_record(source: Path, user: Any) -> None:
    understood = tried(source, user, dry_run=False, time_zone="America/Denver")
    kept = Import.objects.get().counts["understood"]
    assert kept == json.loads(json.dumps(understood.as_dict()))
    assert (kept["time_zone"], kept["time_zone_source"]) == ("America/Denver", "--time-zone")


def test_names_beyond_the_first_are_counted(source: Path, user: Any, monkeypatch) -> None:
    monkeypatch.setattr(preview, "MOST_NAMES", 1)
    understood = tried(source, user)
    assert (len(understood.cameras), understood.more["cameras"]) == (1, 1)
    assert any("and 1 row with names beyond" in line for line in preview_lines.lines(understood))


def test_long_lists_are_cut_in_words() -> None:
    words = tuple(WordSeen(f"word {number}", "doe", 1) for number in range(5))
    empty = preview.Preview(
        source="x", source_format="table", title="a table", time_zone="UTC", time_zone_source="-",
        cameras=(), deer=(), words=words, photographs=0, without_camera=0, without_time=0, more={},
    )  # fmt: skip
    text = preview_lines.lines(empty, shown=3)
    assert text[-2:] == ["  word 2 -> doe: 1 detection", "  and 2 more"]


def test_the_command_shows_it_in_words_and_as_json(source: Path) -> None:
    def output(*arguments: str) -> str:
        out = io.StringIO()
        call_command(
            "import_detections", source, "--no-progress", *arguments, stdout=out, no_color=True
        )
        return out.getvalue()

    text = output("--dry-run")
    assert "table.csv was read as" in text
    assert "times without an offset in America/Chicago (TIME_ZONE)" in text
    assert "  North Gate (new): 2 photographs, 2025-10-01T12:00:00-05:00 to" in text
    assert "  Old Gus (new): 2 detections, 2 enrolled as references" in text
    document = json.loads(output("--dry-run", "--json"))
    assert document["understood"]["deer"][0]["name"] == "Old Gus"
    assert (document["detections"], document["dry_run"]) == (4, True)
