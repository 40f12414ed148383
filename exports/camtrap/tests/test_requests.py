"""A Camtrap DP package from the request to the download: what is asked for, refused, queued and built."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from exports import jobs
from exports.archive.crop_names import crop_name
from exports.lifecycle.operations import QUEUE
from exports.requests import build_spec, serializers
from exports.requests.build_spec import archive_spec
from exports.requests.errors import RequestRefused
from exports.requests.specs import ArchiveFormat, ArchiveSpec
from exports.requests.targets import cameras_without_coordinates
from reid.tests import make

if TYPE_CHECKING:
    from exports.requests.rules import RuleViolation
    from reid.models import Detection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root", "redis_client")]

TODAY = date(2025, 11, 15)
PACKAGE = {"format": "camtrap-dp"}


def seen(name: str = "Gate", **coordinates: Decimal) -> Detection:
    place = coordinates or {"latitude": Decimal("30.5"), "longitude": Decimal("-98.25")}
    return make.detection(image=make.image(camera=make.camera(name, **place), with_file=True))


def asked(*rows: Detection, **fields: object) -> dict[str, object]:
    return PACKAGE | {"detection_ids": [str(row.pk) for row in rows]} | fields


def refused(data: object) -> list[RuleViolation]:
    with pytest.raises(RequestRefused) as caught:
        archive_spec(data, TODAY)
    return list(caught.value.errors)


def post(client, body: object):
    return client.post("/api/exports/zip", body, content_type="application/json")


def test_the_format_and_the_precision_cross_the_queue() -> None:
    spec = archive_spec(asked(seen(), coordinate_precision=2), TODAY)
    assert (spec.format, spec.coordinate_precision) == (ArchiveFormat.CAMTRAP_DP, 2)
    assert ArchiveSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_positions_are_exact_where_nothing_is_said() -> None:
    for fields in ({}, {"coordinate_precision": None}):
        assert archive_spec(asked(seen(str(fields)), **fields), TODAY).coordinate_precision is None


@pytest.mark.parametrize("decimals", [-1, serializers.MAX_DECIMALS + 1])
def test_a_precision_that_makes_no_sense_is_refused(decimals: int) -> None:
    (error,) = refused(asked(seen(), coordinate_precision=decimals))
    assert (error.code, error.field) == ("out_of_range", "coordinate_precision")


def test_crops_have_no_positions_to_round() -> None:
    (error,) = refused(asked(seen(), format="crops", coordinate_precision=2))
    told = ("conflict", "coordinate_precision", build_spec.PRECISION_UNUSED)
    assert (error.code, error.field, error.message) == told


def test_an_unknown_format_is_refused() -> None:
    (error,) = refused(asked(seen(), format="darwin-core"))
    assert (error.code, error.field) == ("invalid", "format")
    assert error.message.endswith(serializers.FORMAT_UNKNOWN)


def test_cameras_without_coordinates_are_named_and_nothing_is_queued(client, redis_client) -> None:
    rows = [seen("Creek", latitude=Decimal(1)), seen("Barn", longitude=Decimal(1)), seen()]
    answer = post(client, asked(*rows))
    assert answer.status_code == 400
    text = build_spec.NO_COORDINATES.format(names="Barn, Creek")
    assert answer.json()["errors"] == [{"code": "out_of_range", "field": "format", "message": text}]
    assert not redis_client.exists(f"rq:queue:{QUEUE}")
    assert post(client, asked(*rows, format="crops")).status_code == 202


def test_a_camera_is_named_once_and_only_for_the_detections_asked_for() -> None:
    bare = make.camera("Bare")
    rows = [make.detection(image=make.image(camera=bare)) for _ in range(2)]
    make.camera("Unused")
    assert cameras_without_coordinates([row.pk for row in rows]) == ["Bare"]
    assert cameras_without_coordinates([seen().pk]) == []


def test_a_package_is_queued_built_and_downloaded(client) -> None:
    row = seen()
    accepted = post(client, asked(row, coordinate_precision=1)).json()
    assert accepted["total_detections"] == 1
    spec = archive_spec(asked(row, coordinate_precision=1), TODAY)
    jobs.build_archive(accepted["job_id"], spec.to_json())
    status = client.get(accepted["links"]["status"]).json()
    assert (status["status"], status["missing_count"]) == ("completed", 0)
    body = b"".join(client.get(status["download_url"]).streaming_content)
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    assert names == [
        f"media/{row.image_id}.jpg",
        "deployments.csv",
        "media.csv",
        "observations.csv",
        "datapackage.json",
        "manifest.json",
    ]


def test_the_other_format_is_still_the_default(client) -> None:
    row = seen()
    accepted = post(client, {"detection_ids": [str(row.pk)]}).json()
    spec = archive_spec({"detection_ids": [str(row.pk)]}, TODAY)
    jobs.build_archive(accepted["job_id"], spec.to_json())
    body = b"".join(client.get(accepted["links"]["download"]).streaming_content)
    assert crop_name(row, ()) in zipfile.ZipFile(io.BytesIO(body)).namelist()
