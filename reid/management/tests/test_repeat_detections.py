"""The command that lists places that are boxed again and again, and answers for one."""

from __future__ import annotations

import io
import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from reid.management.commands import repeat_detections as command
from reid.models import Detection
from reid.tests import make
from reid.tests.stumps import stump

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_user")]


@pytest.fixture
def local_user(django_user_model: type, settings: object) -> None:
    django_user_model.objects.get_or_create(username=settings.LOCAL_USERNAME)  # type: ignore[attr-defined]


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("repeat_detections", *arguments, stdout=out)
    return out.getvalue()


def test_places_are_listed_of_all_cameras_or_of_one() -> None:
    assert said().strip() == command.NONE
    stump(make.camera("Ridge"), 12)
    stump(make.camera("Creek"))
    text = said()
    assert "2 places" in text
    assert "Ridge" in text
    assert "12 photographs    12 visits  2025-10-01 to 2025-10-04  box 0.31 0.50 0.50 0.72" in text
    assert "Creek" not in said("--camera", "ridge")
    with pytest.raises(CommandError, match="no camera named Nowhere"):
        said("--camera", "Nowhere")


def test_json_is_what_the_api_answers_and_an_id_removes() -> None:
    stump(make.camera("Ridge"))
    (row,) = json.loads(said("--format", "json"))
    assert (row["frames"], row["answer"]) == (10, "open")
    text = said("--remove", row["id"])
    assert "10 photographs: the boxes at this place are thrown out" in text
    assert not Detection.objects.valid().exists()
    assert said("--take-back", row["id"]).strip() == command.TAKEN_BACK
    assert said("--keep", row["id"]).strip() == command.KEPT
    with pytest.raises(CommandError, match="answered already"):
        said("--remove", row["id"])
    with pytest.raises(CommandError, match="no suspicion"):
        said("--keep", str(uuid4()))
    with pytest.raises(CommandError, match="no active user 'nobody'"):
        said("--take-back", row["id"], "--user", "nobody")
