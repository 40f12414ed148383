"""Maps of cameras: pictures with their edges, and tile files, read as they are."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import PIL.Image
import pytest
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage

from reid.cameras import map_pictures, tiles
from reid.cameras.problems import MapProblem
from reid.models import MapPicture

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

EDGES = {
    "north": Decimal("30.2"),
    "south": Decimal("30.1"),
    "west": Decimal("-98.2"),
    "east": Decimal("-98.1"),
}


@pytest.fixture
def ann(db: None) -> User:
    return get_user_model().objects.create(username="ann")


def picture(width: int = 60, height: int = 40) -> io.BytesIO:
    file = io.BytesIO()
    PIL.Image.new("RGB", (width, height), (90, 120, 70)).save(file, "PNG")
    return file


def test_a_picture_is_kept_as_jpeg_and_the_newest_is_used(ann: User) -> None:
    first = map_pictures.add(picture(), "drone.png", actor=ann, **EDGES)
    second = map_pictures.add(picture(5000, 50), "wide.png", actor=ann, **EDGES)
    assert map_pictures.in_use() == second
    assert (second.width, second.height) == (4096, 41)
    with default_storage.open(second.file) as file:
        stored = PIL.Image.open(file)
        assert (stored.format, stored.size) == ("JPEG", (4096, 41))
    map_pictures.use(first.pk)
    assert map_pictures.in_use() == first
    map_pictures.use(None)
    assert map_pictures.in_use() is None
    assert MapPicture.objects.count() == 2


@pytest.mark.parametrize(
    ("edges", "text"),
    [
        ({"north": Decimal(30)}, map_pictures.UPSIDE_DOWN),
        ({"east": Decimal("-98.3")}, map_pictures.TURNED_ROUND),
        ({"north": Decimal(86)}, map_pictures.OUT_OF_WORLD),
        ({"west": Decimal(-181)}, map_pictures.OUT_OF_WORLD),
    ],
)
def test_edges_between_which_nothing_lies_are_refused(
    ann: User, edges: dict[str, Decimal], text: str
) -> None:
    with pytest.raises(MapProblem) as refused:
        map_pictures.add(picture(), "drone.png", actor=ann, **EDGES | edges)
    assert str(refused.value) == text
    kept = map_pictures.add(picture(), "drone.png", actor=ann, **EDGES)
    with pytest.raises(MapProblem):
        map_pictures.move(kept.pk, **EDGES | edges)
    assert MapPicture.objects.get().north == EDGES["north"]


def test_what_is_no_picture_is_refused_and_the_one_in_use_stays(ann: User) -> None:
    used = map_pictures.add(picture(), "drone.png", actor=ann, **EDGES)
    with pytest.raises(MapProblem, match="Choose a JPEG, PNG, TIFF or WebP file"):
        map_pictures.add(io.BytesIO(b"%PDF-1.7"), "map.pdf", actor=ann, **EDGES)
    for act in (lambda: map_pictures.use(uuid4()), lambda: map_pictures.move(uuid4(), **EDGES)):
        with pytest.raises(MapProblem) as refused:
            act()
        assert str(refused.value) == map_pictures.GONE
    assert map_pictures.in_use() == used


def mbtiles(path: Path, *rows: tuple[int, int, int, bytes], **facts: str) -> Path:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE metadata (name text, value text)")
        file.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        file.executemany("INSERT INTO metadata VALUES (?, ?)", facts.items())
        file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
        file.commit()
    return path


def test_a_tile_is_found_with_rows_from_the_north(tmp_path: Path, settings: Any) -> None:
    rows = ((2, 1, 0, b"south"), (2, 1, 3, b"north"), (3, 0, 0, b"deep"))
    settings.MAP_TILES = str(mbtiles(tmp_path / "a ranch#1.mbtiles", *rows, format="jpg"))
    file = tiles.tile_file()
    assert file is not None
    assert (file.media_type, file.least_zoom, file.most_zoom) == ("image/jpeg", 2, 3)
    assert file.tile(2, 1, 0) == b"north"
    assert file.tile(2, 1, 3) == b"south"
    assert file.tile(2, 0, 0) is None
    assert file.tile(10**9, 0, 0) is None
    assert file.tile(2, 10**30, 0) is None
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a ranch#1.mbtiles"]


def test_no_setting_is_no_tile_file(settings: Any) -> None:
    settings.MAP_TILES = ""
    assert tiles.tile_file() is None


def test_a_file_that_cannot_be_shown_is_said_why(tmp_path: Path, settings: Any) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no database")
    tile = (1, 0, 0, b"x")
    for path, why in (
        (tmp_path / "gone", "There is no file"),
        (text, "is no MBTiles file that can be read: file is not a database"),
        (mbtiles(tmp_path / "empty"), "it has no tiles"),
        (mbtiles(tmp_path / "vector", tile, format="pbf"), "no vector tiles"),
    ):
        settings.MAP_TILES = str(path)
        with pytest.raises(MapProblem, match=why):
            tiles.tile_file()
