"""The command that makes the sample detector: a few drawings, a file, and its hash."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reid.detecting.cards import DetectorCard
from reid.detecting.engine import DetectorEngine
from thumper.herd.detector import shipped
from thumper.management.commands import train_sample_detector


def test_it_writes_a_detector_that_loads_and_is_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_sample_detector, "_JUDGED", 4)
    out = io.StringIO()
    for name in ("one", "again"):
        call_command("train_sample_detector", tmp_path / name, pictures=6, epochs=1, stdout=out)
    content = (tmp_path / "one").read_bytes()
    assert (tmp_path / "again").read_bytes() == content
    assert hashlib.sha256(content).hexdigest() in out.getvalue()
    DetectorEngine(DetectorCard.from_json(shipped.card_of(content)), content)
    # The exporter notes in which file each node was made.
    assert str(Path(__file__).parents[3]).encode() not in content


@pytest.mark.parametrize("options", [{"pictures": 0}, {"epochs": 0}])
def test_no_drawings_are_refused(tmp_path: Path, options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="must be 1 or more"):
        call_command("train_sample_detector", tmp_path / "detector", **options)
