"""Changes by people to an import's cameras and days: named before it goes, and kept where it is wanted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from reid.cameras import changes
from reid.import_undo.undo import UndoRefused
from reid.importing.deployments import import_deployments
from reid.models import Camera, Deployment, Import

if TYPE_CHECKING:
    from reid.import_undo.tests.stores import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def record(store: Store) -> Import:
    """An import of one deployment, whose end a person moved."""
    file = store.folder / "days.csv"
    file.write_text("camera,started_on,ended_on\noak,2025-10-01,2025-10-31\n")
    import_deployments(file, actor=store.user)
    changes.edit_deployment(
        Deployment.objects.get().pk, {"ended_on": date(2025, 11, 9)}, actor=store.user
    )
    return Import.objects.get()


def test_a_deployment_that_a_person_changed_is_named_and_kept(store: Store, record: Import) -> None:
    with pytest.raises(UndoRefused) as refused:
        store.undo(record)
    assert str(refused.value.conflicts[0]).startswith("deployment of oak was changed by ranger on ")
    store.undo(record, keep_used=True)
    assert Deployment.objects.get().ended_on == date(2025, 11, 9)


def test_a_change_that_was_undone_is_no_obstacle(store: Store, record: Import) -> None:
    camera = Camera.objects.get()
    changes.undo(camera.changes.get().pk, actor=store.user)
    moved = changes.edit_camera(camera.pk, {"latitude": 1, "longitude": 2}, actor=store.user)
    with pytest.raises(UndoRefused, match="camera oak was changed by ranger on "):
        store.undo(record)
    changes.undo(moved.pk, actor=store.user)
    store.undo(record)
    assert not Camera.objects.exists()
