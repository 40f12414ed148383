"""Spreads kept: measured by whoever needs one first, and the same for everybody from then on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from reid.models import PatternSpread
from reid.patterns.gallery import read_gallery
from reid.patterns.spreads.measured import of_deer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from reid.patterns.gallery import Listing, PatternGallery


def load_gallery(
    listing: Listing, on_probe: Callable[[int], None] = lambda _: None
) -> PatternGallery:
    """The gallery of a listing, with its spreads. References whose file is lost are left out, and deer without any others.

    The last one is kept: chunks of one run read it again and again. `on_probe` as `spreads_of` has it: a changed deer takes
    some seconds. Raises NoKeypoints where the background's file is lost or damaged.
    """
    global _last
    if _last is None or _last[0] != listing:
        gallery = read_gallery(listing)
        _last = (listing, replace(gallery, spreads=spreads_of(gallery, listing.base, on_probe)))
    return _last[1]


_last: tuple[Listing, PatternGallery] | None = None


def spreads_of(
    gallery: PatternGallery, base: float, on_probe: Callable[[int], None] = lambda _: None
) -> NDArray[np.float64]:
    """The spread of each deer of a gallery (deer,), 1 where its card measures none; missing ones are measured and kept.

    `base` is the background's. `on_probe` is called with 0 again and again while that goes on, and may raise to stop it.
    Of two workers that measure the same the first to write is right: a score is the same whoever computes it. A deer with
    lost references is measured without them, and that is not kept.
    """
    if not gallery.card.probes:
        return np.ones(len(gallery.deer))
    found = _kept(gallery.deer_fingerprints)
    prints = np.array(gallery.deer_fingerprints)
    is_missing = np.array([name not in found for name in gallery.deer_fingerprints], bool)
    if is_missing.any():
        positions = np.flatnonzero(is_missing[gallery.references.owners])
        measured = of_deer(
            gallery.references.take(positions),
            gallery.background,
            len(gallery.deer),
            gallery.card,
            base,
            on_probe,
        )
        new = dict(zip(prints[is_missing].tolist(), measured[is_missing].tolist(), strict=True))
        whole = {
            name
            for name, is_whole in zip(prints.tolist(), gallery.is_whole, strict=True)
            if is_whole
        }
        rows = [
            PatternSpread(fingerprint=name, spread=new[name]) for name in sorted(whole & set(new))
        ]
        PatternSpread.objects.bulk_create(rows, ignore_conflicts=True)
        found |= new | _kept(tuple(new))
    return np.array([found[name] for name in gallery.deer_fingerprints], np.float64)


def _kept(fingerprints: Sequence[str]) -> dict[str, float]:
    rows = PatternSpread.objects.filter(fingerprint__in=fingerprints)
    return dict(rows.values_list("fingerprint", "spread"))
