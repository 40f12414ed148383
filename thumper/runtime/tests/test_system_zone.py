"""The computer's own time zone, wherever a system keeps its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thumper.runtime.system_zone import system_zone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("variable", "zone"),
    [
        ("America/Denver", "America/Denver"),
        (":Europe/Berlin", "Europe/Berlin"),
        (":/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/posix/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
    ],
)
def test_the_variable_wins(tmp_path: Path, variable: str, zone: str) -> None:
    named = tmp_path / "timezone"
    named.write_text("America/Chicago\n")
    assert system_zone(variable, localtime=tmp_path / "none", named=named) == zone


@pytest.mark.parametrize("place", ["usr/share/zoneinfo", "var/db/timezone/zoneinfo"])
def test_the_link_names_the_zone(tmp_path: Path, place: str) -> None:
    target = tmp_path / place / "America" / "Chicago"
    target.parent.mkdir(parents=True)
    target.touch()
    (tmp_path / "localtime").symlink_to(target)
    for variable in ("", "CST6CDT,M3.2.0,M11.1.0"):  # a rule is no zone of the database
        zone = system_zone(variable, localtime=tmp_path / "localtime", named=tmp_path / "none")
        assert zone == "America/Chicago"


def test_a_copied_zone_is_named_beside_it(tmp_path: Path) -> None:
    (tmp_path / "localtime").write_bytes(b"TZif2")
    (tmp_path / "timezone").write_text("America/Boise\n")
    zone = system_zone("", localtime=tmp_path / "localtime", named=tmp_path / "timezone")
    assert zone == "America/Boise"


def test_nothing_known_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "localtime").symlink_to(tmp_path / "localtime")
    assert system_zone("", localtime=tmp_path / "localtime", named=tmp_path / "none") is None
