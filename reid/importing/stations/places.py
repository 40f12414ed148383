"""Places in degrees as people and programs write them, from UTM too, and what is suspicious about one. Pure."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.importing.stations.rows import Place

BAD_DEGREES: Final = "{name} is {text!r} and not a number of degrees from -{limit} to {limit}"
SWAPPED: Final = "; latitude and longitude seem to be swapped"
METRES: Final = "; it looks like metres of UTM: say their zone, such as --utm-zone 14N"
BAD_UTM_ZONE: Final = (
    "--utm-zone {text!r} is no zone: write its number from 1 to 60 and N or S, such as 14N."
)
BAD_METRES: Final = "{name} is {text!r} and not a number of metres in a UTM zone"
NULL_ISLAND: Final = "the place is 0,0, in the sea off Africa: it was taken as unknown"
FAR_OFF: Final = (
    "the place {place} is far from every other camera, and {likely} would be near them: "
    "check the signs and the order of latitude and longitude"
)

LATITUDE_LIMIT: Final = 90
LONGITUDE_LIMIT: Final = 180
_NEAR: Final = Decimal(2)
_FAR: Final = Decimal(10)
_NUMBER: Final = re.compile(
    r"([+-]?\d{1,3}(?:[.,]\d{0,20})?)\s*\u00b0?\s*([NSEW])?", re.ASCII | re.I
)
_MINUTE: Final = r"['\u2032\u2019\s:]+"
_SECOND: Final = r"(?:[\"\u2033\u201d]|'')?\s*"
_SEXAGESIMAL: Final = re.compile(
    r"([+-]?)(\d{1,3})[\u00b0\s:]+(\d{1,2})"
    + _MINUTE
    + r"(\d{1,2}(?:[.,]\d{0,10})?)"
    + _SECOND
    + r"([NSEW])?",
    re.I,
)
_METRES: Final = re.compile(r"\d{1,8}([.,]\d{0,10})?", re.ASCII)


def degrees(name: str, text: str, other: str = "") -> Decimal:
    """Degrees of `latitude` or `longitude`, rounded to the six decimals that are stored: a tenth of a metre.

    `other` is the text of the other of the two, by which the reason may be known. Raises ValueError.

    Examples
    --------
    >>> degrees("latitude", "30 06 00 N"), degrees("longitude", "-98,2")
    (Decimal('30.100000'), Decimal('-98.200000'))
    """
    limit = LATITUDE_LIMIT if name == "latitude" else LONGITUDE_LIMIT
    value = _value(text, "NS" if name == "latitude" else "EW")
    if value is not None and abs(value) <= limit:
        return value.quantize(Decimal("0.000001"))
    message = BAD_DEGREES.format(name=name, text=text, limit=limit)
    if value is not None and name == "latitude" and abs(value) <= LONGITUDE_LIMIT:
        partner = _value(other, "EW")
        if partner and abs(partner) <= LATITUDE_LIMIT:
            message += SWAPPED
    elif (metres := _METRES.fullmatch(text)) and float(metres[0].replace(",", ".")) > 10_000:
        message += METRES
    raise ValueError(message)


def _value(text: str, letters: str) -> Decimal | None:
    text = text.strip()
    if text and text[0].upper() in letters:  # N 30 06 00
        text = f"{text[1:].strip()} {text[0]}"
    if match := _NUMBER.fullmatch(text):
        value, letter = Decimal(match[1].replace(",", ".")), match[2]
    elif match := _SEXAGESIMAL.fullmatch(text):
        sign, whole, minutes, seconds, letter = match.groups()
        if int(minutes) >= 60 or Decimal(seconds.replace(",", ".")) >= 60:
            return None
        value = int(whole) + Decimal(minutes) / 60 + Decimal(seconds.replace(",", ".")) / 3600
        value = -value if sign == "-" else value
    else:
        return None
    if letter is None:
        return value
    if letter.upper() not in letters or value < 0:
        return None
    return -value if letter.upper() in "SW" else value


def utm_zone(text: str) -> tuple[int, bool]:
    """Number of a UTM zone, and whether it lies north of the equator. Raises ValueError(BAD_UTM_ZONE)."""
    match = re.fullmatch(r"(\d{1,2})\s*([NS])", text.strip(), re.ASCII | re.I)
    if match is None or not 1 <= int(match[1]) <= 60:
        raise ValueError(BAD_UTM_ZONE.format(text=text))
    return int(match[1]), match[2].upper() == "N"


def from_utm(east: str, north: str, zone: tuple[int, bool]) -> Place:
    """Degrees of a point in UTM (WGS84), by the inverse of Krueger's series; right to a centimetre.

    Raises ValueError(BAD_METRES).
    """
    values = []
    for name, text, least, most in (("utm_x", east, 100_000, 900_000), ("utm_y", north, 0, 1e7)):
        match = _METRES.fullmatch(text.strip())
        value = float(match[0].replace(",", ".")) if match else -1.0
        if not least <= value <= most:
            raise ValueError(BAD_METRES.format(name=name, text=text))
        values.append(value)
    flattening = 1 / 298.257223563
    n = flattening / (2 - flattening)
    radius = 6_378_137.0 / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    number, is_north = zone
    xi = (values[1] - (0.0 if is_north else 1e7)) / (0.9996 * radius)
    eta = (values[0] - 500_000.0) / (0.9996 * radius)
    series = (
        n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96,
        n**2 / 48 + n**3 / 15,
        17 * n**3 / 480,
    )
    plain_xi, plain_eta = xi, eta
    for order, term in enumerate(series, start=1):
        plain_xi -= term * math.sin(2 * order * xi) * math.cosh(2 * order * eta)
        plain_eta -= term * math.cos(2 * order * xi) * math.sinh(2 * order * eta)
    conformal = math.asin(math.sin(plain_xi) / math.cosh(plain_eta))
    eccentricity = 2 * math.sqrt(n) / (1 + n)
    tangent = math.tan(conformal)
    latitude = conformal
    for _ in range(6):
        sine = math.sin(latitude)
        sigma = math.sinh(eccentricity * math.atanh(eccentricity * sine))
        latitude = math.atan(tangent * math.hypot(1, sigma) + sigma * math.hypot(1, tangent))
    longitude = math.radians(6 * number - 183) + math.atan2(
        math.sinh(plain_eta), math.cos(plain_xi)
    )
    six = Decimal("0.000001")
    return (
        Decimal(math.degrees(latitude)).quantize(six),
        Decimal(math.degrees(longitude)).quantize(six),
    )


def suspicion(place: Place, others: Iterable[Place]) -> str:
    """Why the signs or the order of a place look wrong beside the other cameras' places; empty where nothing does.

    Examples
    --------
    >>> neighbour = (Decimal("30.2"), Decimal("-98.3"))
    >>> suspicion((Decimal("30.1"), Decimal("98.2")), [neighbour]).partition(":")[0]
    'the place 30.1, 98.2 is far from every other camera, and 30.1, -98.2 would be near them'
    >>> suspicion((Decimal("30.1"), Decimal("-98.2")), [neighbour])
    ''
    """
    neighbours = [other for other in others if other != place]
    if not neighbours or any(_apart(place, other) <= _FAR for other in neighbours):
        return ""
    latitude, longitude = place
    for first, second in ((latitude, longitude), (longitude, latitude)):
        for likely in ((first, -second), (-first, second), (-first, -second), (first, second)):
            if any(_apart(likely, other) <= _NEAR for other in neighbours):
                return FAR_OFF.format(place=_text(place), likely=_text(likely))
    return ""


def _apart(one: Place, other: Place) -> Decimal:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _text(place: Place) -> str:
    return ", ".join(f"{value.normalize():f}" for value in place)
