"""The name under which an export's file is saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exports.lifecycle.records import saved_name
from exports.tests.life import JOB, record


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Rut 2025", "Rut 2025.zip"),
        ("../../etc/passwd", "etc-passwd.zip"),
        ('a "b" <c>', "a -b- -c.zip"),
        ("Hirsch \u00e4 \U0001f98c", "Hirsch \u00e4 \U0001f98c.zip"),
        ("...", f"{JOB}.zip"),
        ("", f"{JOB}.zip"),
    ],
)
def test_the_title_becomes_a_file_name(title, name):
    assert saved_name(replace(record(), title=title)) == name
