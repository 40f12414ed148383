"""Backgrounds of the map, over HTTP: pictures and tiles sent as they are, chosen, moved, and refused in a sentence."""

from __future__ import annotations

import html
import io
import json
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reid.cameras import map_pictures
from reid.cameras.tests.test_maps import mbtiles
from reid.models import MapPicture

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

pytestmark = pytest.mark.django_db
EDGES = {"north": "30.2", "south": "30 06 00 N", "west": "-98,2", "east": "-98.1"}


def png() -> SimpleUploadedFile:
    file = io.BytesIO()
    PIL.Image.new("RGB", (60, 40), (90, 120, 70)).save(file, "PNG")
    return SimpleUploadedFile("drone.png", file.getvalue(), "image/png")


def background(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get("/cameras/places.json").content)["background"]
    return found


def test_a_picture_is_laid_under_the_map_moved_taken_away_and_laid_again(client: Client) -> None:
    client.post("/cameras/map/add", EDGES | {"picture": png()})
    row = MapPicture.objects.get()
    under = background(client)
    assert under["corners"] == [[30.1, -98.2], [30.2, -98.1]]
    sent: Any = client.get(under["picture"])
    assert (sent.headers["Content-Type"], sent.status_code) == ("image/jpeg", 200)
    assert "immutable" in sent.headers["Cache-Control"]
    assert PIL.Image.open(io.BytesIO(b"".join(sent.streaming_content))).size == (60, 40)
    client.post(f"/cameras/map/{row.pk}/edges", EDGES | {"north": "30.3"})
    assert background(client)["corners"][1] == [30.3, -98.1]
    client.post("/cameras/map/none")
    assert background(client) == {}
    client.post(f"/cameras/map/{row.pk}/use")
    assert background(client)["picture"] == under["picture"]


def test_edges_that_make_no_sense_are_said_and_what_was_typed_stays(client: Client) -> None:
    wrong = EDGES | {"north": "30.05"}
    answer = client.post("/cameras/map/add", wrong | {"picture": png()})
    text = html.unescape(answer.content.decode())
    assert map_pictures.UPSIDE_DOWN in text
    assert 'value="30.05"' in text
    assert not MapPicture.objects.exists()


def test_tiles_are_sent_and_their_margins_are_empty(
    client: Client, tmp_path: Path, settings: Any
) -> None:
    file = mbtiles(tmp_path / "ranch.mbtiles", (2, 1, 3, b"north"), format="png", attribution="us")
    settings.MAP_TILES = str(file)
    assert background(client) == {
        "tiles": "/cameras/map/tiles/{z}/{x}/{y}",
        "least": 2,
        "most": 2,
        "attribution": "us",
    }
    tile = client.get("/cameras/map/tiles/2/1/0")
    assert (tile.content, tile.headers["Content-Type"]) == (b"north", "image/png")
    assert client.get("/cameras/map/tiles/2/0/0").status_code == 204
    settings.MAP_TILES = str(tmp_path / "gone.mbtiles")
    assert client.get("/cameras/map/tiles/2/1/0").status_code == 404
    assert background(client) == {}
    assert "There is no file" in client.get("/cameras/map").content.decode()
    settings.MAP_TILES = ""
    assert client.get("/cameras/map/tiles/2/1/0").status_code == 404
