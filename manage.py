#!/usr/bin/env python
"""Entry point of every Thumper command."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thumper.settings")
    try:
        execute_from_command_line(sys.argv)
    except (
        ImproperlyConfigured
    ) as error:  # a setting is wrong: the sentence says which, and what to do
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
