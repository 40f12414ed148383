"""The command merge_cameras: merged, listed, undone, and refused in a sentence."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from reid.management.commands import merge_cameras as command
from reid.models import Camera, CameraMerge, Deployment, Image
from reid.tests import make

pytestmark = pytest.mark.django_db


def output_of(*arguments: Any) -> str:
    out = io.StringIO()
    call_command("merge_cameras", *map(str, arguments), stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def cameras() -> tuple[Camera, Camera]:
    gate, other = make.camera("North Gate"), make.camera("north-g\u00e4te")
    make.image(camera=other)
    Deployment.objects.create(camera=other, started_on="2025-09-01", ended_on="2025-10-01")
    return gate, other


def test_two_names_become_one_and_two_again(cameras: tuple[Camera, Camera]) -> None:
    gate, other = cameras
    text = output_of("NORTH-G\u00c4TE", "north gate", "--reason", "one tree")
    merge = CameraMerge.objects.get()
    assert text.splitlines() == [
        r"north-g\xe4te is North Gate now: 1 photograph, 1 deployment and 0 outages changed over; "
        "encounters were built anew.",
        command.TO_UNDO.format(key=merge.pk),
    ]
    assert Image.objects.get().camera == gate
    listed = output_of("--list")
    assert str(merge.pk) in listed
    assert r"north-g\xe4te merged into North Gate  local  one tree" in listed
    assert output_of("--undo", merge.pk).strip() == (
        r"north-g\xe4te is a camera of its own again: 1 photograph, 1 deployment and 0 outages came back "
        "from North Gate."
    )
    assert Image.objects.get().camera == other
    assert "local, undone by local" in output_of("--list")


def test_a_dry_run_says_so_and_changes_nothing(cameras: tuple[Camera, Camera]) -> None:
    assert output_of("north-g\u00e4te", "North Gate", "--dry-run").startswith(command.DRY_RUN)
    assert Camera.objects.count() == 2


def test_names_that_are_much_alike_are_listed() -> None:
    assert output_of("--list").strip() == command.NOTHING
    for name in ("gate 1", "Gate-1", "oak"):
        make.camera(name)
    assert output_of("--list").strip() == command.ALIKE.format(names="'Gate-1', 'gate 1'")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), command.TWO_NAMES),
        (("North Gate",), command.TWO_NAMES),
        (("North Gate", "elm", "--list"), command.TWO_NAMES),
        (("North Gate", "elm"), command.NO_CAMERA.format(name="elm")),
        (("gone", "North Gate"), command.MERGED_ALREADY.format(name="gone", into="North Gate")),
        (("North Gate", "north gate"), "A camera cannot be merged into itself."),
        (("--undo", str(uuid4())), "There is no merge"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    cameras: tuple[Camera, Camera], arguments: tuple[str, ...], text: str
) -> None:
    make.camera("gone", merged_into=cameras[0])
    with pytest.raises(CommandError) as error:
        output_of(*arguments)
    assert str(error.value).startswith(text)
