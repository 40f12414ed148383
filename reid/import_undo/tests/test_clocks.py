"""Marks of clocks after an undo: judged by what stays, as they are after an import."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reid.importing.deployments import import_deployments
from reid.models import Deployment, Image, Import
from reid.tests import make

if TYPE_CHECKING:
    from reid.import_undo.tests.stores import Store

pytestmark = pytest.mark.django_db(transaction=True)


def test_clocks_are_judged_by_the_deployments_that_stay(store: Store) -> None:
    oak = make.camera("oak")
    october = make.image(camera=oak, captured_at=datetime(2025, 10, 1, 12, tzinfo=UTC))
    make.image(camera=oak, captured_at=datetime(2025, 11, 1, 12, tzinfo=UTC))
    file = store.folder / "days.csv"
    file.write_text("camera,started_on,ended_on\noak,2025-10-01,2025-10-31\n")
    import_deployments(file, actor=store.user)
    assert list(Image.objects.exclude(clock_problem="")) != [october]
    first = Import.objects.get()
    file.write_text("camera,started_on,ended_on\noak,2025-10-01,2025-11-30\n")
    import_deployments(file, actor=store.user)
    assert not Image.objects.exclude(clock_problem="").exists()
    store.undo(Import.objects.latest("started_at"))
    assert Image.objects.exclude(clock_problem="").get() != october
    store.undo(first)
    assert not Image.objects.exclude(clock_problem="").exists()


def test_a_mark_that_a_later_deployment_took_away_is_no_conflict(store: Store) -> None:
    """The mark of a time that an import added is judged by deployments, which came after it."""
    Deployment.objects.create(
        camera=make.camera("oak"), started_on="2025-01-01", ended_on="2025-01-31"
    )
    columns = "path,captured_at,camera"
    store.table("a.csv", columns, "oak/1.jpg,,oak")
    record = store.table("b.csv", columns, "oak/1.jpg,2025-10-01 12:00:00,oak")
    image = Image.objects.get()
    assert image.clock_problem == "not_deployed"
    file = store.folder / "days.csv"
    file.write_text("camera,started_on\noak,2025-09-01\n")
    import_deployments(file, actor=store.user)
    store.undo(record)
    image.refresh_from_db()
    assert (image.captured_at, image.clock_problem) == (None, "")
