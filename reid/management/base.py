"""Base class of the management commands."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from reid.checks import SETTINGS


class CheckedCommand(BaseCommand):
    """A command that works on the store: it first checks the settings that it works by.

    Django's own checks load every address and all that stands behind one, which takes longer than most
    commands; they are made by `manage.py check` and where the server starts.
    """

    requires_system_checks = (SETTINGS,)
