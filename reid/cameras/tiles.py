"""Tile files (MBTiles): a map in small pictures in one SQLite file, read and never written.

The format: https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md. Rows of its tiles count from the south.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django.conf import settings

from reid.cameras.problems import MapProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING: Final = "There is no file {path}: correct MAP_TILES, or remove it."
NO_TILES: Final = "{path} is no MBTiles file that can be read: {why}."
NOT_RASTER: Final = "The tiles of {path} are of the format {format!r}: only pictures (png, jpg) can be shown, no vector tiles."
_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
_DEEPEST: Final = 22


@dataclass(frozen=True, slots=True)
class TileFile:
    """What a tile file says of itself; zoom levels are Web Mercator's, of 256-pixel tiles."""

    path: Path
    media_type: str
    least_zoom: int
    most_zoom: int
    attribution: str

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """One tile, its row counted from the north as browsers do; None where the file has none. Raises MapProblem."""
        is_on_map = zoom <= _DEEPEST and column < 2**zoom and row < 2**zoom
        if min(zoom, column, row) < 0 or not is_on_map:
            return None
        from_south = 2**zoom - 1 - row
        with _opened(self.path) as connection:
            found = connection.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
                (zoom, column, from_south),
            ).fetchone()
        return bytes(found[0]) if found else None


def tile_file() -> TileFile | None:
    """The file that the setting MAP_TILES names; None where it is empty. Raises MapProblem."""
    if not settings.MAP_TILES:
        return None
    path = Path(settings.MAP_TILES)
    try:
        changed_at = path.stat().st_mtime_ns
    except OSError as error:
        raise MapProblem(MISSING.format(path=path)) from error
    return _read(path, changed_at)


@lru_cache(maxsize=4)  # a map asks for dozens of tiles at once
def _read(path: Path, changed_at: int) -> TileFile:
    """What the file says of itself, as it was then."""
    with _opened(path) as connection:
        facts = dict(connection.execute("SELECT name, value FROM metadata").fetchall())
        zooms = connection.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
    given = str(facts.get("format", "png")).lower()
    if given not in _TYPES:
        raise MapProblem(NOT_RASTER.format(path=path, format=given))
    if zooms[0] is None:
        raise MapProblem(NO_TILES.format(path=path, why="it has no tiles"))
    least, most = (int(zoom) for zoom in zooms)
    return TileFile(path, _TYPES[given], least, most, str(facts.get("attribution", "")))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, for reading alone; nothing beside it is written either. Raises MapProblem."""
    address = f"file:{quote(str(path))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise MapProblem(NO_TILES.format(path=path, why=error)) from error
