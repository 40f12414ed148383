"""Photographs in a bucket, through everything that is done with them: imported, embedded, shown, undone, and while it is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from reid import reviewing
from reid.embedding import spaces
from reid.identifying import identify, run_workers
from reid.imaging.canonical import crop_name
from reid.imaging.crops import Box
from reid.import_undo.undo import undo
from reid.importing.detections import import_detections
from reid.importing.options import ImportOptions
from reid.models import Detection, Embedding, Image, Import, ReidRun, Scorer
from reid.storage import bucket_answers
from reid.storage.photo_store import StoreAway, photo_store, read_file
from reid.tests import make, tiny_models

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from reid.importing.report import ImportReport
    from reid.tests.buckets import Bucket

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def card(bucket: Bucket, media_root: Path) -> Path:
    """A folder of photographs, which is no part of the store: that is a bucket."""
    lines = ["path,x,y,width,height,class,captured_at"]
    for number in range(3):
        make.photograph(f"card/oak/{number}.jpg", seed=number)
        lines.append(f"oak/{number}.jpg,10,10,100,100,buck,2025-10-01 12:00:0{number}")
    (media_root / "card" / "detections.csv").write_text("\n".join(lines) + "\n")
    return media_root / "card"


@pytest.fixture
def user(django_user_model: Any) -> Any:
    return django_user_model.objects.create(username="ranger", is_superuser=True, is_staff=True)


def bring(card: Path, user: Any, **options: Any) -> ImportReport:
    return import_detections(
        card / "detections.csv", actor=user, options=ImportOptions(collection="card", **options)
    )


def test_photographs_of_a_folder_are_put_into_the_bucket(
    bucket: Bucket, card: Path, user: Any
) -> None:
    report = bring(card, user)
    assert not report.refusals
    names = [f"card/oak/{number}.jpg" for number in range(3)]
    assert bucket.listed() == names == sorted(Image.objects.values_list("path", flat=True))
    for name in names:
        assert read_file(name) == (card.parent / name).read_bytes()


def test_the_settings_of_a_process_lead_it_to_the_bucket(
    bucket: Bucket, card: Path, user: Any, start_process: Any
) -> None:
    table = str(card / "detections.csv")
    command = ("import_detections", table, "--collection=card", "--user=ranger")
    process = start_process(*command, **bucket.environment(), S3_PREFIX="ranch")
    assert process.wait(120) == 0
    assert bucket.listed() == [f"ranch/card/oak/{number}.jpg" for number in range(3)]
    assert Image.objects.filter(path="card/oak/0.jpg").exists()


def test_a_look_puts_nothing_there(bucket: Bucket, card: Path, user: Any) -> None:
    assert not bring(card, user, dry_run=True).refusals
    assert bucket.listed() == []


def test_a_second_photograph_of_one_name_lies_beside_the_first(
    bucket: Bucket, card: Path, user: Any
) -> None:
    bring(card, user)
    make.photograph("card/oak/0.jpg", seed=99)
    bring(card, user)
    beside = [key for key in bucket.listed() if key.startswith("card/oak/0-")]
    assert len(beside) == 1
    assert read_file(beside[0]) == (card / "oak/0.jpg").read_bytes()


def test_an_object_that_is_lost_comes_back_with_the_next_import(
    bucket: Bucket, card: Path, user: Any
) -> None:
    bring(card, user)
    photo_store.delete("card/oak/1.jpg")
    bring(card, user, verify=True)
    assert read_file("card/oak/1.jpg") == (card / "oak/1.jpg").read_bytes()
    assert Image.objects.count() == 3


def test_an_undone_import_leaves_no_object(bucket: Bucket, card: Path, user: Any) -> None:
    bring(card, user)
    undo(Import.objects.get().pk, actor=user)
    assert bucket.listed() == []
    assert (card / "oak/0.jpg").exists()


def test_an_import_that_is_refused_by_the_bucket_ends_with_what_to_do_and_can_be_repeated(
    bucket: Bucket, card: Path, user: Any
) -> None:
    bucket.deny()
    with pytest.raises(StoreAway):
        bring(card, user)
    record = Import.objects.get()
    assert (record.state, Image.objects.count()) == (Import.State.FAILED, 0)
    assert record.error == bucket_answers.REFUSED.format(bucket=bucket.name, code="403")
    bucket.allow()
    assert not bring(card, user).refusals
    assert len(bucket.listed()) == Image.objects.count() == 3


@pytest.fixture
def scorer(
    bucket: Bucket,
    card: Path,
    user: Any,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Scorer:
    """A small real model, and the photographs of the card, imported."""
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path
    settings.REID_PATTERN = False
    weights = tiny_models.torchscript(tiny_models.Colours())
    space = spaces.activate(spaces.register(tiny_models.folder(tmp_path, "tiny", weights)))
    bring(card, user)
    return Scorer.objects.of(space)


def test_crops_are_kept_in_the_bucket_and_read_from_it(bucket: Bucket, scorer: Scorer) -> None:
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        pass
    assert Embedding.objects.count() == 3
    for key in Detection.objects.values_list("pk", flat=True):
        assert crop_name(key) in bucket.listed()
        assert read_file(crop_name(key))[:2] == b"\xff\xd8"


def test_a_run_waits_for_a_bucket_that_is_away_and_then_goes_on(
    bucket: Bucket, scorer: Scorer, redis_client: Any
) -> None:
    run = identify.create_run(scorer)
    bucket.deny()
    run_workers.work(run.pk, ReidRun.Kind.IDENTIFY, identify.advance)
    run.refresh_from_db()
    assert run.state not in ReidRun.TERMINAL
    assert not Embedding.objects.exists()
    bucket.allow()
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    assert (run.state, run.counts["embedded"]) == (ReidRun.State.COMPLETED, 3)


def test_a_box_stays_as_it_is_while_its_old_crop_cannot_be_deleted(
    bucket: Bucket, scorer: Scorer, user: Any
) -> None:
    detection = Detection.objects.first()
    assert detection
    versions = {detection.pk: detection.version}
    bucket.deny()
    with pytest.raises(StoreAway):
        reviewing.move_box(
            detection=detection.pk, box=Box(20, 20, 50, 60), versions=versions, actor=user
        )
    detection.refresh_from_db()
    assert (detection.x, detection.y) == (10, 10)


class TestShown:
    @pytest.fixture
    def image(self, bucket: Bucket, card: Path, user: Any, client: Client) -> Image:
        bring(card, user)
        client.force_login(user)
        return Image.objects.get(path="card/oak/0.jpg")

    def test_a_photograph_is_sent_whole_or_in_part(
        self, client: Client, card: Path, image: Image
    ) -> None:
        content = (card / "oak/0.jpg").read_bytes()
        answer = client.get(f"/api/images/{image.pk}/file")
        assert b"".join(answer) == content
        part = client.get(f"/api/images/{image.pk}/file", headers={"Range": "bytes=5-9"})
        assert (part.status_code, b"".join(part)) == (206, content[5:10])

    def test_a_signed_address_leads_to_the_bucket_for_a_while(
        self, client: Client, card: Path, image: Image, settings: Any
    ) -> None:
        settings.S3_SIGNED_SECONDS = 60
        answer = client.get(f"/api/images/{image.pk}/file")
        assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
        assert "X-Amz-Expires=60" in answer["Location"]
        with urlopen(answer["Location"], timeout=20) as fetched:
            assert fetched.read() == (card / "oak/0.jpg").read_bytes()
            assert fetched.headers["Content-Type"] == "image/jpeg"

    def test_a_small_one_is_made_once_and_kept_there(
        self, client: Client, bucket: Bucket, image: Image
    ) -> None:
        address = f"/api/images/{image.pk}/thumbnail"
        first = b"".join(client.get(address))
        assert f"photographs/{image.pk.hex[:2]}/{image.pk}.small.jpg" in bucket.listed()
        assert b"".join(client.get(address)) == first

    def test_an_object_that_is_not_there_is_a_404_with_a_sentence(
        self, client: Client, image: Image
    ) -> None:
        photo_store.delete(image.path)
        answer = client.get(f"/api/images/{image.pk}/file")
        assert answer.status_code == 404
        assert "is not there" in answer.json()["detail"]

    def test_a_bucket_that_refuses_us_is_a_503_that_names_no_bucket(
        self, client: Client, bucket: Bucket, image: Image
    ) -> None:
        bucket.deny()
        for address in (
            f"/api/images/{image.pk}/file",
            f"/api/detections/{Detection.objects.filter(image=image).get().pk}/crop",
        ):
            answer = client.get(address)
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert bucket.name not in answer.content.decode()

    def test_readiness_says_that_photographs_cannot_be_reached(
        self, client: Client, image: Image, settings: Any
    ) -> None:
        assert client.get("/readyz").json()["photographs"] == "ok"
        backend = settings.STORAGES["default"]
        away = backend["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:1"}
        settings.STORAGES = settings.STORAGES | {"default": backend | {"OPTIONS": away}}
        said = client.get("/readyz").json()
        assert not said["ready"]
        assert said["photographs"].startswith("cannot be reached")
