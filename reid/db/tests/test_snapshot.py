"""Consistent snapshots, with a second connection that writes meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from reid.db.snapshot import one_moment
from reid.models import Deer
from reid.tests import make


def elsewhere(name: str) -> None:
    """Commit a deer on another connection."""

    def store() -> None:
        try:
            make.deer(name)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(store).result()


def names() -> list[str]:
    return list(Deer.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_meanwhile_is_not_seen_until_the_block_ends() -> None:
    make.deer("Ada")
    with one_moment():
        assert names() == ["Ada"]
        elsewhere("Bob")
        assert names() == ["Ada"]
    assert names() == ["Ada", "Bob"]


@pytest.mark.django_db(transaction=True)
def test_an_error_in_the_block_leaves_the_connection_usable() -> None:
    with pytest.raises(ZeroDivisionError), one_moment():
        assert names() == []
        raise ZeroDivisionError
    make.deer("Ada")
    assert names() == ["Ada"]


@pytest.mark.django_db(transaction=True)
def test_inside_of_a_transaction_it_is_the_transactions_own_view() -> None:
    with transaction.atomic():
        make.deer("Ada")
        with one_moment():
            assert names() == ["Ada"]
    assert names() == ["Ada"]
