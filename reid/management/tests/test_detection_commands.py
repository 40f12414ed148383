"""Commands that find animals: what they print, and the sentences in which they refuse."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reid.detecting.running import looking
from reid.detecting.running.tests.photographed import SIZE, in_use, photograph, ranger
from reid.detecting.tests import networks
from reid.embedding import spaces
from reid.models import Detection, Image, ReidRun
from reid.storage.photo_store import StoreAway
from reid.tests import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root", "_models")]
ANIMAL = (30, 30, 60, 60)


@pytest.fixture
def _models(tmp_path: Path, settings: Any) -> None:
    settings.MODEL_ROOT = tmp_path / "models"
    ranger()


def output_of(command: str, *arguments: Any) -> str:
    out = io.StringIO()
    call_command(
        command, *arguments, "--user", "ranger", "--no-progress", stdout=out, no_color=True
    )
    return out.getvalue()


def test_what_was_found_is_printed_in_words_and_as_json() -> None:
    in_use()
    photograph(1, animal=ANIMAL)
    photograph(2, 10)
    words = output_of("detect_animals", "--limit", "1")
    assert "completed with the detector squares 1." in words
    assert "1  photographs searched" in words
    assert "1  animals found" in words
    document = json.loads(output_of("detect_animals", "--format", "json"))
    run = ReidRun.objects.get(pk=document["run"])
    assert document == {
        "run": str(run.pk),
        "state": "completed",
        "detector": "squares 1",
        "import": str(run.record_id),
        **{"photographs": 1, "boxes": 0, "known": 0, "animals": 0, "people": 0, "vehicles": 0},
        **{"blank": 1, "failed": 0},
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "No detector is in use"),
        (["--limit", "-1"], "--limit must be 0"),
        (["--camera", "West"], "There is no camera named West."),
        (["west"], "No photograph lies below west"),
        (["--detector", "none"], "No detector is called none"),
        (["--resume", "none"], "There is no detection none"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(arguments: list[str], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        output_of("detect_animals", *arguments)


def test_photographs_that_are_away_are_gone_on_with_later(monkeypatch: pytest.MonkeyPatch) -> None:
    in_use()
    photograph(1, animal=ANIMAL)

    def away(*_: Any) -> None:
        raise StoreAway("The bucket does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(looking, "read_frame", away)
        with pytest.raises(CommandError, match=r"does not answer\. Go on later with: manage.py"):
            output_of("detect_animals")
    output_of("detect_animals", "--resume", str(ReidRun.objects.get().pk))
    assert Detection.objects.count() == 1


@pytest.fixture
def card(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photographs in a folder, a detector for which the first shows a deer, and a small model."""
    monkeypatch.setattr(spaces, "_loaded", {})
    weights = tiny_models.torchscript(tiny_models.Colours())
    spaces.activate(spaces.register(tiny_models.folder(settings.MODEL_ROOT, "tiny", weights)))
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / "1.png").write_bytes(networks.photograph(SIZE, animal=ANIMAL))
    (folder / "2.png").write_bytes(networks.photograph(SIZE))
    return folder


def test_a_folder_is_taken_all_the_way_from_photographs_to_deer(card: Path) -> None:
    classes = [
        {"name": "deer", "classification": "unknown_deer"},
        {"name": "person", "classification": "person"},
        {"name": "vehicle", "classification": "vehicle"},
    ]
    in_use(classes=classes)
    document = json.loads(output_of("process", card, "--camera", "North", "--format", "json"))
    assert document["import"].items() >= {"images": 2, "unlooked": 2, "cameras": 1}.items()
    assert document["detect"].items() >= {"photographs": 2, "boxes": 1, "blank": 1}.items()
    assert document["identify"].items() >= {"state": "completed", "sightings": 1}.items()
    detection = Detection.objects.get()
    assert (detection.classification, detection.source_label) == ("unknown_deer", "deer")
    assert detection.embeddings.count() == 1
    words = output_of("process", card, "--camera", "North")
    assert "0  photographs searched" in words
    assert "already imported" in words
    assert Image.objects.count() == 2


def test_without_a_detector_nothing_is_imported(card: Path) -> None:
    with pytest.raises(CommandError, match="No detector is in use"):
        output_of("process", card, "--camera", "North")
    with pytest.raises(CommandError, match="There is no folder"):
        output_of("process", card / "none")
    assert not Image.objects.exists()
