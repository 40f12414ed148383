"""Base classes of the management commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from reid.checks import SETTINGS
from reid.db import disk

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Callable

    Act = Callable[[dict[str, Any]], None]


class CheckedCommand(BaseCommand):
    """A command that works on the store: it first checks the settings that it works by.

    Django's own checks load every address and all that stands behind one, which takes longer than most
    commands; they are made by `manage.py check` and where the server starts.
    """

    requires_system_checks = (SETTINGS,)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """The command, checked and run. A disk that takes nothing more ends it with a sentence: CommandError."""
        try:
            return super().execute(*args, **options)
        except disk.DiskRefuses as refusal:
            raise CommandError(str(refusal)) from refusal
        except (OSError, Error) as error:
            if refusal_text := disk.refusal(error):
                raise CommandError(refusal_text) from error
            raise


class ActionCommand(CheckedCommand):
    """A command that is told by its first word which of several actions to do.

    `add_actions` calls `action` for each. An error of `refusals` is bad input: its sentence is all that is printed.
    """

    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    _actions: _SubParsersAction[CommandParser]

    def add_arguments(self, parser: CommandParser) -> None:
        self._actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        self.add_actions()

    def add_actions(self) -> None:
        raise NotImplementedError

    def action(self, name: str, act: Act, about: str) -> CommandParser:
        """The parser of an action's own arguments; `act` is called with the options, `about` is its help."""
        parser = self._actions.add_parser(name, help=about)
        parser.set_defaults(act=act)
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            options["act"](options)
        except self.refusals as error:
            raise CommandError(str(error)) from error
