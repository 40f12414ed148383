"""Shared links: opened by their key alone, until their end, unless they were taken back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from exports.models import FrozenReport, SharedLink
from exports.sharing import deer_page, frozen, links
from exports.tests import build
from reid.models import Detection
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


@pytest.fixture
def owner() -> int:
    return get_user_model().objects.create_user("ann").pk


@pytest.fixture
def stranger(client, settings):
    """A browser that nobody is signed in with."""
    settings.EMBEDDED = False
    return client


def test_only_the_hash_of_a_key_is_stored(owner):
    new = links.of_deer(make.deer(), owner)
    assert SharedLink.objects.get().key_sha256 == SharedLink.digest(new.key)
    assert new.key not in str(SharedLink.objects.values().get())


def test_a_link_opens_by_its_key_and_counts_its_uses(owner):
    new = links.of_deer(make.deer(), owner)
    assert links.opened_by(new.key) == new.link
    assert links.opened_by(new.key[:-1]) is None
    assert links.opened_by("") is None
    link = SharedLink.objects.get()
    assert (link.uses, link.last_used_at is not None) == (1, True)


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"revoked_at": timezone.now()},
    ],
)
def test_what_is_over_or_taken_back_opens_nothing(owner, change):
    new = links.of_deer(make.deer(), owner)
    SharedLink.objects.update(**change)
    assert links.opened_by(new.key) is None


def test_a_link_of_a_user_who_may_not_sign_in_any_more_opens_nothing(owner):
    new = links.of_deer(make.deer(), owner)
    get_user_model().objects.update(is_active=False)
    assert links.opened_by(new.key) is None


def test_a_deer_whose_profile_is_gone_is_shown_to_nobody(owner):
    gus = make.deer("Gus")
    new = links.of_deer(gus, owner)
    gus.hide()
    assert links.opened_by(new.key) is None


def test_a_revocation_is_taken_back(owner):
    new = links.of_deer(make.deer(), owner)
    links.revoke(new.link.pk, owner)
    links.reopen(new.link.pk, owner)
    assert links.opened_by(new.key) == new.link
    with pytest.raises(links.LinkNotFound):
        links.revoke(new.link.pk, owner + 1)


def test_links_are_purged_a_month_after_their_end(owner):
    links.of_deer(make.deer(), owner)
    SharedLink.objects.update(expires_at=timezone.now() - links.KEPT - timedelta(seconds=1))
    assert links.purge() == 1


# --- what is shown ------------------------------------------------------------------------------
def test_a_deer_is_shown_without_cameras_and_hours(owner, stranger):
    image = make.image(with_file=True, camera=make.camera("Hidden ridge"))
    gus = make.deer(name="Gus")
    make.detection(image=image, deer=gus, sighting=make.sighting())
    new = links.of_deer(gus, owner)
    answer = stranger.get(f"/shared/{new.key}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Gus" in text
    assert "Hidden ridge" not in text
    assert f"{image.captured_at:%H:%M}" not in text
    assert "data:image/jpeg" in text
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in text


def test_a_deer_takes_as_many_queries_with_twenty_pictures_as_with_two(
    django_assert_max_num_queries,
):
    gus = make.deer(name="Gus")
    for count in (2, 18):
        for _ in range(count):
            make.detection(image=make.image(with_file=True), deer=gus)
        with django_assert_max_num_queries(5):
            shown = deer_page.public_deer(gus)
    assert len(shown.pictures) == deer_page.PICTURES
    assert Detection.objects.count() == 20


def test_a_deer_that_was_merged_away_shows_its_survivor(owner):
    gus, old = make.deer(name="Gus"), make.deer(name="Old Gus")
    old.merged_into = gus
    old.save()
    assert deer_page.public_deer(old).name == "Gus"


def test_a_report_is_frozen_once_and_shown_with_its_pdf(owner, stranger):
    new = links.of_report(build.spec(title="Autumn <b>"), owner)
    waiting = stranger.get(f"/shared/{new.key}")
    assert "being prepared" in waiting.content.decode()
    assert stranger.get(f"/shared/{new.key}/report.pdf").status_code == 404
    frozen.freeze_open(new.link.pk)
    frozen.freeze_open(new.link.pk)
    assert FrozenReport.objects.count() == 1
    text = stranger.get(f"/shared/{new.key}").content.decode()
    assert "Autumn &lt;b&gt;" in text
    pdf = stranger.get(f"/shared/{new.key}/report.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"] == 'attachment; filename="Autumn -b.pdf"'


def test_a_report_that_cannot_be_built_says_so_in_its_link(owner):
    new = links.of_report(build.spec(), owner)
    SharedLink.objects.update(spec={"surprise": 1})
    with pytest.raises(TypeError):
        frozen.freeze_open(new.link.pk)
    assert SharedLink.objects.get().error == frozen.FAILED
    assert list(frozen.unfrozen()) == []


@pytest.mark.parametrize("key", ["x", uuid4().hex, "a" * 43, "a" * 500])
def test_every_other_key_is_a_404_without_a_hint(stranger, key):
    for address in (f"/shared/{key}", f"/shared/{key}/report.pdf"):
        answer = stranger.get(address)
        assert answer.status_code == 404
        assert "This link shows nothing." in answer.content.decode()
        assert answer["X-Robots-Tag"].startswith("noindex")
