"""Licences of detectors of others: said before one is fetched, and accepted by a person or in a script's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.management.base import CommandError

from reid.management.asking import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from reid.detecting.fetching.catalogue import CatalogueDetector

NOT_ACCEPTED: Final = (
    "{} was not fetched: accept its licence ({}) by --yes, or answer yes where the command asks."
)
QUESTION: Final = "Do you accept this licence, and fetch it? [y/N] "


def describe(entry: CatalogueDetector, write: Callable[[str], object]) -> None:
    """Say what is known of an entry of the catalogue, its licence before all else."""
    size = f", {entry.size / 1e6:,.0f} MB" if entry.size else ""
    write(f"{entry.name}: {entry.title}, {entry.width} x {entry.height}{size}")
    write(f"  licence: {entry.licence}; {entry.terms}")
    write(f"  {entry.recall}; recommended threshold {entry.threshold}")
    if entry.unverified:
        write(f"  not verified: {entry.unverified}")


def require_accepted(
    entry: CatalogueDetector, write: Callable[[str], object], *, is_accepted: bool
) -> None:
    """Describe it, and ask where the licence is not accepted already. Raises CommandError for a no."""
    describe(entry, write)
    if not is_accepted and not accepts(QUESTION):
        raise CommandError(NOT_ACCEPTED.format(entry.name, entry.licence))
