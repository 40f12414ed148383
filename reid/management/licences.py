"""Licences of networks of others: said before one is fetched, and accepted by a person or in a script's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from django.core.management.base import CommandError

from reid.management.asking import accepts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from django.core.management.base import CommandParser

NOT_ACCEPTED: Final = "{} was not fetched: accept its licence ({}) by --accept-licence, or answer yes where the command asks."
QUESTION: Final = "Do you accept this licence, and fetch it? [y/N] "


class Offered(Protocol):
    """An entry of a catalogue. `size` in bytes, 0 where nobody published it; `unverified` is empty where all of it was looked up."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def licence(self) -> str: ...
    @property
    def terms(self) -> str: ...
    @property
    def is_free(self) -> bool:
        """Whether the licence asks nothing of its user that needs to be confirmed."""

    @property
    def shape(self) -> str:
        """What it is shown and what it answers, in words."""

    @property
    def facts(self) -> tuple[str, ...]:
        """What else is to be known of it, a line each."""

    @property
    def unverified(self) -> str: ...


def add_acceptance(parser: CommandParser) -> None:
    """`--accept-licence`, which `require_accepted` looks at."""
    parser.add_argument(
        "--accept-licence",
        action="store_true",
        help="for scripts: the licence was read and is accepted",
    )


def describe(entry: Offered, write: Callable[[str], object]) -> None:
    """Say what is known of an entry, its licence before all else."""
    size = f", {entry.size / 1e6:,.0f} MB" if entry.size else ""
    write(f"{entry.name}: {entry.title}, {entry.shape}{size}")
    write(f"  licence: {entry.licence}; {entry.terms}")
    for fact in entry.facts:
        write(f"  {fact}")
    if entry.unverified:
        write(f"  not verified: {entry.unverified}")


def require_accepted(
    entry: Offered, options: Mapping[str, Any], write: Callable[[str], object]
) -> None:
    """Describe it, and ask where its licence asks something and is not accepted already. Raises CommandError for a no."""
    describe(entry, write)
    if not (entry.is_free or options["accept_licence"] or accepts(QUESTION)):
        raise CommandError(NOT_ACCEPTED.format(entry.name, entry.licence))
