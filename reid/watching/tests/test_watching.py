"""Watched deer: each new sighting is told once, by a notice and a mail, and what does not hold is not told."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail as outbox
from django.utils import timezone
from rq.timeouts import JobTimeoutException

from reid import reviewing
from reid.identifying import assignments
from reid.models import Deer, Detection, EventLog, Operation, ReidRun, WatchedSighting
from reid.tests import make
from reid.tests.reviewing import reviewer, seen, sighting
from reid.watching import mail, news, watches

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from reid.models import Sighting

pytestmark = pytest.mark.django_db


def watcher(deer: Deer, name: str = "wanda", email: str = "wanda@example.org") -> User:
    user = reviewer(name)
    user.email = email
    user.save()
    watches.begin(user, deer)
    return user


def assign(of: Sighting, deer: Deer, name: str = "alma") -> Operation:
    return reviewing.assign(sighting=of.pk, deer=deer.pk, versions=seen(of), actor=reviewer(name))


def run_names(deer: Deer, *of: Sighting, run: ReidRun | None = None) -> ReidRun:
    run = run or make.run(make.scorer(), state=ReidRun.State.RUNNING)
    operation, _ = Operation.objects.get_or_create(run=run, kind=Operation.Kind.RUN)
    rows = Detection.objects.filter(sighting__in=of)
    assignments.write([(item, deer.pk) for item in rows], operation, EventLog())
    return run


def later() -> None:
    """What was done so far was done an hour ago."""
    Operation.objects.update(created_at=timezone.now() - timedelta(hours=1))


def test_a_sighting_that_a_person_names_is_told_once() -> None:
    oak = make.deer("Oak")
    wanda = watcher(oak)
    of = sighting(frames=3)
    assign(of, oak)
    (one,) = watches.news_for(wanda)
    assert (one.deer, one.sightings, one.seen_at) == (oak, 1, make.NOON)
    assert mail.deliver() == 0  # it may be taken back yet
    later()
    assert mail.deliver() == 1
    (message,) = outbox.outbox
    assert (message.to, message.subject) == (["wanda@example.org"], "Our ranch: Oak was seen")
    assert "Oak is on 1 new sighting that alma named:" in message.body
    assert "- 2025-10-01 12:00, no camera" in message.body
    assert f"/deer/{oak.pk}" in message.body
    assert mail.deliver() == 0
    assert watches.mark_seen(wanda) == 1
    assert watches.news_for(wanda) == []


def test_a_run_is_told_in_one_mail_a_deer_when_it_is_over() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    wanda = watcher(oak)
    watches.begin(wanda, elm)
    run = run_names(oak, sighting(), sighting())
    run_names(oak, sighting(), run=run)  # its next chunk
    run_names(elm, sighting(), run=run)
    later()
    assert mail.deliver() == 0
    ReidRun.objects.update(state=ReidRun.State.COMPLETED)
    assert mail.deliver() == 2
    bodies = sorted(message.body.splitlines()[0] for message in outbox.outbox)
    assert bodies == [
        "Elm is on 1 new sighting that a run named:",
        "Oak is on 3 new sightings that a run named:",
    ]


def test_confirming_what_a_run_named_is_no_news() -> None:
    oak = make.deer("Oak")
    wanda = watcher(oak)
    of = sighting()
    run_names(oak, of)
    watches.mark_seen(wanda)
    reviewing.confirm(sighting=of.pk, deer=oak.pk, versions=seen(of), actor=reviewer())
    assert watches.news_for(wanda) == []
    assert WatchedSighting.objects.count() == 1


def test_what_was_taken_back_is_told_to_nobody() -> None:
    oak = make.deer("Oak")
    wanda = watcher(oak)
    done = assign(sighting(), oak)
    reviewing.undo(operation=done.pk, actor=reviewer())
    later()
    assert mail.deliver() == 0
    assert watches.news_for(wanda) == []


@pytest.mark.parametrize(
    ("who", "email", "is_active"),
    [
        ("wanda", "wanda@example.org", True),  # did it herself
        ("alma", "", True),
        ("alma", "wanda@example.org", False),
    ],
)
def test_nobody_is_mailed_who_has_no_use_for_it(who: str, email: str, is_active: bool) -> None:
    oak = make.deer("Oak")
    wanda = watcher(oak, email=email)
    type(wanda).objects.filter(pk=wanda.pk).update(is_active=is_active)
    assign(sighting(), oak, who)
    later()
    assert mail.deliver() == 0
    assert not WatchedSighting.objects.filter(mailed_at=None).exists()


def test_a_mail_server_that_is_away_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    oak = make.deer("Oak")
    watcher(oak)
    assign(sighting(), oak)
    later()

    def away(*_: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", away)
        assert mail.deliver() == 0
    assert "was not sent" in caplog.text
    assert mail.deliver() == 1


def test_an_address_that_the_server_refuses_keeps_no_mail_from_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    oak = make.deer("Oak")
    watcher(oak, "wanda", "gone@example.org")
    watcher(oak, "vera", "vera@example.org")
    assign(sighting(), oak)
    later()
    send = outbox.EmailMessage.send

    def refusing(message: outbox.EmailMessage) -> int:
        if message.to == ["gone@example.org"]:
            raise SMTPRecipientsRefused({"gone@example.org": (550, b"no such user")})
        return send(message)

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refusing)
    assert mail.deliver() == 1
    assert outbox.outbox[0].to == ["vera@example.org"]
    assert WatchedSighting.objects.get(mailed_at=None).watch.user.username == "wanda"


def test_news_whose_mail_was_broken_off_are_told_by_the_next_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    oak = make.deer("Oak")
    watcher(oak)
    assign(sighting(), oak)
    later()

    def slow(*_: Any) -> int:
        raise JobTimeoutException

    with monkeypatch.context() as patched, pytest.raises(JobTimeoutException):
        patched.setattr("django.core.mail.EmailMessage.send", slow)
        mail.deliver()
    assert mail.deliver() == 1


def test_who_watches_a_profile_that_was_merged_hears_of_the_one_that_stands_for_it() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    wanda = watcher(elm)
    make.detection(deer=elm)
    reviewing.merge(deer=elm.pk, into=oak.pk, actor=reviewer())
    assert watches.news_for(wanda) == []  # a merge is no sighting
    assign(sighting(), oak)
    assert watches.news_for(wanda)[0].sightings == 1
    later()
    mail.deliver()
    assert outbox.outbox[0].subject == "Our ranch: Oak was seen"


def test_naming_deer_that_nobody_watches_asks_once(django_assert_num_queries: Any) -> None:
    oak = make.deer("Oak")
    rows = [(make.detection(), oak.pk) for _ in range(3)]
    operation = Operation.objects.create(kind=Operation.Kind.ASSIGN, actor=reviewer())
    with django_assert_num_queries(1):
        assert news.note(rows, operation) == 0
