"""Names of cameras in station tables: that of a merged camera leads to the one that goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reid.models import Camera
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.importing.stations.rows import Gap, Stations, Stay


def name_keys(stays: Iterable[Stay], gaps: Iterable[Gap]) -> set[str]:
    """Keys of all names that the rows use."""
    return {name_key(row.camera) for row in stays} | {name_key(row.camera) for row in gaps}


def by_survivor(stations: Stations) -> tuple[list[Stay], list[Gap]]:
    """Stays and outages, those of merged cameras under the name of the camera that goes on."""
    cameras = Camera.by_keys(name_keys(stations.stays, stations.gaps))
    names = {key: camera.name for key, camera in cameras.items()}

    def name(spelling: str) -> str:
        return names.get(name_key(spelling), spelling)

    return (
        [replace(row, camera=name(row.camera)) for row in stations.stays],
        [replace(row, camera=name(row.camera)) for row in stations.gaps],
    )
