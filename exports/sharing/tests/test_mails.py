"""Mails of reports to people without an account: each once, with the PDF or with a link that works."""

from __future__ import annotations

import re
from contextlib import suppress
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from rq.timeouts import JobTimeoutException

from exports import jobs
from exports.history import keeping
from exports.models import ExportRequest, SharedLink
from exports.sharing import frozen, mails
from exports.tests import build
from reid.storage.photo_store import StoreAway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

TO = ("bob@example.org", "eve@example.org")


@pytest.fixture
def row() -> ExportRequest:
    """A report for TO that is built, and mailed as far as that went."""
    return built()


def built() -> ExportRequest:
    owner = get_user_model().objects.create_user("ann").pk
    spec = build.spec(recipients=TO)
    record = keeping.submit(spec, owner)
    with suppress(StoreAway, JobTimeoutException):
        jobs.build_report(str(record.job_id), spec.to_json())
    return ExportRequest.objects.get(pk=record.job_id)


def test_a_report_is_mailed_to_each_with_a_link_that_works(row, mailoutbox, client, settings):
    assert [one.to for one in mailoutbox] == [[address] for address in TO]
    assert (row.state, row.mailed_to, row.mail_error) == ("completed", list(TO), "")
    (address,) = re.findall(r"http\S+/shared/\S+", mailoutbox[0].body)
    assert address in mailoutbox[1].body
    settings.EMBEDDED = False
    answer = client.get(address.removeprefix(settings.SITE_URL))
    assert "Autumn" in answer.content.decode()
    assert not mailoutbox[0].attachments


def test_it_is_mailed_once(row, mailoutbox):
    assert not mails.deliver(row.pk)
    assert len(mailoutbox) == 2


def test_a_small_report_travels_with_the_mail(request, settings, mailoutbox):
    settings.EXPORT_MAIL_ATTACH_BYTES = 10_000_000
    request.getfixturevalue("row")
    ((name, data, kind),) = mailoutbox[0].attachments
    assert (name, kind) == ("Autumn.pdf", "application/pdf")
    assert data.startswith(b"%PDF")
    assert SharedLink.objects.count() == 0


@pytest.mark.parametrize("error", [StoreAway, JobTimeoutException])
def test_a_mail_that_was_broken_off_is_not_called_sent_and_is_tried_again(
    monkeypatch, mailoutbox, error
):
    def broken_off(_link):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(frozen, "freeze", broken_off)
        row = built()
    assert (row.state, row.mailed_at, row.mail_error) == ("completed", None, mails.NOT_SENT)
    assert mails.deliver(row.pk)
    assert [one.to for one in mailoutbox] == [[address] for address in TO]


def test_who_was_reached_is_not_mailed_again_when_the_rest_is_tried_again(
    request, monkeypatch, mailoutbox
):
    send = mail.EmailMessage.send

    def refuse_eve(self, *args, **kwargs):
        if self.to == [TO[1]]:
            raise OSError("away")
        return send(self, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", refuse_eve)
    row = request.getfixturevalue("row")
    assert (row.mailed_to, row.mailed_at, row.mail_error) == ([TO[0]], None, mails.NOT_SENT)
    monkeypatch.setattr(mail.EmailMessage, "send", send)
    assert mails.deliver(row.pk)
    assert [one.to for one in mailoutbox] == [[address] for address in TO]


def test_an_address_that_is_refused_keeps_the_report_from_nobody_else(request, monkeypatch):
    send = mail.EmailMessage.send

    def refuse_bob(self, *args, **kwargs):
        if self.to == [TO[0]]:
            raise SMTPRecipientsRefused({TO[0]: (550, b"nobody of this name")})
        return send(self, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", refuse_bob)
    row = request.getfixturevalue("row")
    assert (row.mailed_to, row.mailed_at, row.mail_error) == ([TO[1]], None, mails.NOT_SENT)


def test_a_try_that_reaches_nobody_leaves_no_link(request, monkeypatch):
    def away(*_args, **_kwargs):
        raise OSError("away")

    monkeypatch.setattr(mail.EmailMessage, "send", away)
    row = request.getfixturevalue("row")
    assert not mails.deliver(row.pk)
    assert SharedLink.objects.count() == 0
