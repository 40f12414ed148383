"""Sites of the sample herd's five cameras: where they hang, and what they look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from thumper.herd.shapes import Colour


@dataclass(frozen=True, slots=True)
class Site:
    """A camera's place: where it is on the map, and what it looks at."""

    name: str
    latitude: float
    longitude: float
    sky: Colour
    hills: Colour
    grass: Colour
    feature: str


SITES: Final = (
    Site("North Feeder", 30.0712, -99.3481, (196, 214, 222), (128, 146, 128), (132, 146, 84), "feeder"),
    Site("Creek Crossing", 30.0588, -99.3395, (188, 208, 214), (104, 132, 112), (112, 136, 78), "creek"),
    Site("Oak Ridge", 30.0664, -99.3610, (206, 212, 206), (136, 140, 112), (146, 140, 84), "oaks"),
    Site("South Food Plot", 30.0497, -99.3522, (192, 212, 226), (118, 142, 134), (120, 156, 82), "plot"),
    Site("Fence Gap", 30.0553, -99.3668, (204, 210, 214), (140, 146, 122), (154, 146, 92), "fence"),
)  # fmt: skip
