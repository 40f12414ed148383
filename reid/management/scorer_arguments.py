"""Options that choose a scorer, for all commands that take one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reid.embedding import spaces

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from reid.models import Scorer


def add_scorer(parser: CommandParser) -> None:
    """`--scorer` and `--space`, of which one may be given."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--scorer",
        default="",
        help="name, kind or start of the fingerprint (default: the active one)",
    )
    one.add_argument(
        "--space",
        default="",
        help="name or start of the fingerprint of an embedding space, whose scorer is meant",
    )


def chosen(options: dict[str, Any]) -> Scorer | None:
    """The scorer of the options; None where neither is given. Raises LookupError."""
    return spaces.find_scorer(scorer=options["scorer"], space=options["space"])
