"""Overlaps of two cameras' days: what one camera cannot have done twice, named for whoever would merge them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.cameras.problems import MergeConflict
from reid.models import Deployment, Outage

if TYPE_CHECKING:
    from reid.models import Camera

DEPLOYED_TWICE: Final = (
    "{camera} and {into} ran at the same time, and one camera cannot: {pairs}. "
    "Correct or delete one of each two deployments, then merge."
)
OUT_TWICE: Final = "Outages of {camera} and {into} overlap: {pairs}. Correct or delete one of each two, then merge."
PAIR: Final = "{one} and {other}"
SHOWN: Final = 5


def refuse_overlaps(camera: Camera, into: Camera) -> None:
    """Raise MergeConflict, with their days, for deployments or outages of the two that overlap."""
    days = [
        (one, other)
        for one in Deployment.objects.filter(camera=camera).order_by("started_on", "started_at")
        for other in Deployment.objects.filter(camera=into).order_by("started_on", "started_at")
        if one.overlaps(other)
    ]
    outages = [
        (one, other)
        for one in Outage.objects.filter(camera=camera)
        for other in Outage.objects.filter(camera=into)
        if one.started_on <= other.ended_on and other.started_on <= one.ended_on
    ]
    for text, pairs in ((DEPLOYED_TWICE, days), (OUT_TWICE, outages)):
        if pairs:
            raise MergeConflict(text.format(camera=camera, into=into, pairs=_listed(pairs)))


def _listed(pairs: list[tuple[Deployment, Deployment]] | list[tuple[Outage, Outage]]) -> str:
    shown = [PAIR.format(one=_days(one), other=_days(other)) for one, other in pairs[:SHOWN]]
    more = f"; and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
    return "; ".join(shown) + more


def _days(row: Deployment | Outage) -> str:
    return f"{row.started_on} to {row.ended_on or 'now'}"
