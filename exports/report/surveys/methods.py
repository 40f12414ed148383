"""Estimators of a survey in words: what each is called, how it works, and who proposed it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Method:
    """An estimator for people who have not heard of it, in two lines and a source."""

    title: str
    how: str
    source: str


_OTIS: Final = "Otis, Burnham, White and Anderson 1978, Wildlife Monographs 62"

METHODS: Final[dict[str, Method]] = {
    "M0": Method(
        "M0 (all alike)",
        "From how often the same deer came again, where all deer and all occasions are alike. "
        "Simple, and too low where deer differ.",
        _OTIS,
    ),
    "Mt": Method(
        "Mt (occasions differ)",
        "As M0, but a deer may be captured more easily on one occasion than on another: weather, rut, bait. "
        "Deer are still alike.",
        _OTIS,
    ),
    "Mb": Method(
        "Mb (capture changes deer)",
        "From how fast new deer run out: a deer that was captured once may be captured more, or less, easily again. "
        "It needs fewer new deer on later occasions.",
        _OTIS,
    ),
    "Mh": Method(
        "Mh (two kinds of deer)",
        "Some deer come to cameras often and others seldom; the share of each kind is estimated as well. "
        "It needs many recaptures.",
        "Pledger 2000, Biometrics 56:434",
    ),
    "Chao": Method(
        "Chao (at least)",
        "From the deer that were captured once and twice: there are at least so many. "
        "It is a lower bound and no estimate: the true number is often above its interval.",
        "Chao 1987, Biometrics 43:783; Chao 1989, Biometrics 45:427",
    ),
    "mark-resight": Method(
        "With unnamed deer (mark-resight)",
        "Deer that can be told apart say how often a deer is seen; sightings of the others are only counted, and divided by that. "
        "It takes both to be seen alike often.",
        "McClintock, White, Antolin and Tripp 2009, Biometrics 65:237",
    ),
    "spatial": Method(
        "Spatial (deer per km2)",
        "From where each deer was captured: a camera captures deer that live near it more often. "
        "It gives a density, so the ranch needs no fence, and deer must have home ranges that stay.",
        "Efford 2004, Oikos 106:598; Borchers and Efford 2008, Biometrics 64:377",
    ),
    "Jacobson": Method(
        "Jacobson's survey",
        "Bucks are told apart by their antlers; does and fawns are put in proportion to their photographs. "
        "Does are photographed less often than bucks, which makes it too low (by 32 % in enclosures of known size).",
        "Jacobson and others 1997, Wildlife Society Bulletin 25:547; McCoy, Ditchkoff and Steury 2011, "
        "Journal of Wildlife Management 75:472",
    ),
    "bucks per doe": Method(
        "Bucks per doe",
        "Bucks in all encounters divided by does in all encounters, named or not. The interval draws cameras and days again and again.",
        "Davison and Hinkley 1997, Bootstrap Methods and their Application",
    ),
    "fawns per doe": Method(
        "Fawns per doe",
        "Fawns in all encounters divided by does in all encounters, named or not. The interval draws cameras and days again and again.",
        "Davison and Hinkley 1997, Bootstrap Methods and their Application",
    ),
}


def title_of(estimator: str) -> str:
    """What people call it; the name itself where nothing more can be said of it."""
    method = METHODS.get(estimator)
    return method.title if method else estimator.capitalize()
