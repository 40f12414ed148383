"""Undo of an import while an identification works on what it brought: real transactions, halted where it matters.

The run stands in a thread of its own with a connection of its own, and stops at a point until the undo has ended or,
where one of the two holds what the other needs, until PostgreSQL says that it waits.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from django.db import connection

from conftest import wait_until
from reid.embedding import spaces
from reid.grouping import join_linked
from reid.identifying import backfill, decide_chunk, identify, run_lifecycle
from reid.import_undo import undo as undoing
from reid.models import (
    Decision,
    Deer,
    Detection,
    Embedding,
    ReidRun,
    Scorer,
    SimilarityScore,
    SkippedEmbedding,
    Threshold,
)
from reid.scoring import compare
from reid.tests import make, tiny_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from reid.import_undo.tests.stores import Store
    from reid.models import EmbeddingSpace, Import

pytestmark = pytest.mark.django_db(transaction=True)
only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="on SQLite one transaction waits for the other's end"
)
Answer = TypeVar("Answer")
COLUMNS = "path,captured_at,camera,x,y,width,height,classification,deer"


@pytest.fixture
def space(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, store: Store
) -> EmbeddingSpace:
    """A small real model with a threshold that every pair passes, and a sighting of no import."""
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path / "models"
    settings.REID_BATCH_SIZE = 4
    weights = tiny_models.torchscript(tiny_models.Colours())
    space = spaces.activate(
        spaces.register(tiny_models.folder(settings.MODEL_ROOT, "tiny", weights))
    )
    make.threshold(Scorer.objects.of(space), "0.01")
    make.detection(
        image=make.image(with_file=True, width=640, height=480)
    )  # like none of the import
    return space


def season(store: Store) -> Import:
    """Twelve photographs of a day each, Ada named on the first."""
    lines = (
        f"oak/{day}.jpg,2025-10-{day:02} 12:00:00,oak,10,10,100,100,doe,{'Ada' if day == 1 else ''}"
        for day in range(1, 13)
    )
    return store.table("season.csv", COLUMNS, *lines)


class Halt:
    """A point at which a thread stops, once, until it may go on."""

    def __init__(self) -> None:
        self.reached, self.released = threading.Event(), threading.Event()

    def __call__(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.released.wait(60)

    def wraps(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, which stops before it begins."""

        def halting(*args: Any, **options: Any) -> Any:
            self()
            return function(*args, **options)

        return halting


@contextmanager
def at_work(act: Callable[[], Answer]) -> Iterator[Future[Answer]]:
    """Do it in a thread, which has ended when the block has."""

    def work() -> Answer:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def run_to_its_end() -> str:
    run = identify.create_run()
    while identify.advance(run.pk):
        pass
    return str(ReidRun.objects.get(pk=run.pk).state)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())"
        )
        return bool(cursor.fetchone()[0])


def require_whole(store: Store, before: dict[str, Any], media_root: Path) -> None:
    """The import is gone as a whole, and so is what the run made of it; the store is consistent."""
    assert not Deer.objects.exists()
    assert Detection.objects.count() == 1
    assert not Detection.objects.filter(deer__isnull=False).exists()
    hidden = Detection.everything.exclude(hidden_at=None)
    for model in (Embedding, SkippedEmbedding, SimilarityScore):
        assert not model._default_manager.filter(detection__in=hidden).exists()
        assert not model._default_manager.exclude(
            detection__in=Detection.everything.values("pk")
        ).exists()
    assert not SimilarityScore.objects.exists()  # there is no deer to be like
    visible = set(Detection.objects.values_list("pk", flat=True))
    crops = {path.stem for path in (media_root / "crops").rglob("*.jpg")}
    assert crops <= {str(key) for key in visible}
    after = store.dump()
    assert {name: after[name] for name in ("Camera", "Image", "encounters", "sightings")} == {
        name: before[name] for name in ("Camera", "Image", "encounters", "sightings")
    }
    season(store)  # and it can be imported and identified again
    assert run_to_its_end() == "completed"
    assert Embedding.objects.count() == Detection.objects.count() == 13
    assert Decision.objects.filter(deer=Deer.objects.get()).count() >= 11


@pytest.mark.parametrize("point", ["the model works", "vectors are there", "before the chunk"])
def test_undone_between_two_transactions_of_the_run(
    space: EmbeddingSpace,
    store: Store,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    before = store.dump()
    record = season(store)
    halt = Halt()
    if point == "the model works":
        embedder = spaces.embedder_of(space)
        monkeypatch.setattr(embedder, "embed", halt.wraps(embedder.embed))
    elif point == "vectors are there":
        monkeypatch.setattr(join_linked, "fuse", halt.wraps(join_linked.fuse))
    else:
        monkeypatch.setattr(run_lifecycle, "do_chunk", halt.wraps(run_lifecycle.do_chunk))
    with at_work(run_to_its_end) as run:
        wait_until(halt.reached.is_set, 60, "the run is there")
        store.undo(record)
        halt.released.set()
    assert run.result() == "completed"
    require_whole(store, before, media_root)


@only_postgresql
@pytest.mark.parametrize("point", ["before it reads the gallery", "before it writes"])
def test_the_undo_waits_for_the_chunk_in_hand(
    space: EmbeddingSpace,
    store: Store,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    before = store.dump()
    record = season(store)
    halt = Halt()
    name = "load_gallery" if point == "before it reads the gallery" else "write"
    monkeypatch.setattr(decide_chunk, name, halt.wraps(getattr(decide_chunk, name)))
    with at_work(run_to_its_end) as run:
        wait_until(halt.reached.is_set, 60, "the run holds the chunk")
        with at_work(lambda: store.undo(record).deer) as undone:
            wait_until(somebody_waits, 60, "the undo waits for the run")
            halt.released.set()
    assert (run.result(), undone.result()) == ("completed", 1)
    require_whole(store, before, media_root)


@only_postgresql
@pytest.mark.parametrize("point", ["regroup", "mark_clock_problems"])
def test_the_run_waits_for_the_undo_in_hand(
    space: EmbeddingSpace,
    store: Store,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    before = store.dump()
    record = season(store)
    halt = Halt()
    monkeypatch.setattr(undoing, point, halt.wraps(getattr(undoing, point)))
    with at_work(lambda: store.undo(record).deer) as undone:
        wait_until(halt.reached.is_set, 60, "the undo has removed rows")
        with at_work(run_to_its_end) as run:
            wait_until(somebody_waits, 60, "the run waits for the undo")
            halt.released.set()
    assert (run.result(), undone.result()) == ("completed", 1)
    require_whole(store, before, media_root)


@only_postgresql
def test_a_backfill_logs_no_score_of_a_deer_that_goes(
    space: EmbeddingSpace, store: Store, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its batch holds another detection, so that only the gallery has to do with the import."""
    before = store.dump()
    Threshold.objects.update(
        is_active=False
    )  # nothing is given to Ada, and the undo needs no row of the batch
    record = season(store)
    assert run_to_its_end() == "completed"
    other = Detection.objects.get(made_by_import=None)
    halt = Halt()
    monkeypatch.setattr(compare, "log", halt.wraps(compare.log))
    monkeypatch.setattr(backfill, "_next", lambda run: [] if run.cursor else [other.pk])
    run = backfill.create_run(Scorer.objects.of(space), backfill.Part())

    def fill() -> str:
        while backfill.advance(run.pk):
            pass
        return str(ReidRun.objects.get(pk=run.pk).state)

    with at_work(fill) as filled:
        wait_until(halt.reached.is_set, 60, "the backfill has compared")
        with at_work(lambda: store.undo(record).deer) as undone:
            wait_until(somebody_waits, 60, "the undo waits for the backfill")
            halt.released.set()
    assert (filled.result(), undone.result()) == ("completed", 1)
    Threshold.objects.update(is_active=True)
    require_whole(store, before, media_root)
