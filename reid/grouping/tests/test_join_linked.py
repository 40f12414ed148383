"""Sightings joined in the store: two animals on three photographs, distinguished by vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.grouping import join_linked
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.identifying import identify
from reid.models import (
    AuditItem,
    AuditPlan,
    Detection,
    EmbeddingSpace,
    Image,
    ReidRun,
    Scorer,
    Sighting,
)
from reid.tests import make

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.django_db

ANN, BEN = (1.0, 0.2, 0, 0), (0.2, 1.0, 0, 0)


@pytest.fixture
def space() -> EmbeddingSpace:
    return make.space()


def again() -> None:
    """Group all of it as an import that touched it would."""
    touched = TouchedTimelines()
    for row in Detection.objects.select_related("image"):
        touched.add(row.image.camera_id, row.image.path, row.image.captured_at)
    regroup(touched, {})


def meeting(space: EmbeddingSpace, frames: int = 3, **fields: Any) -> list[Detection]:
    """Ann on the left and Ben on the right of each photograph, ten seconds apart: a0, b0, a1, b1 ..."""
    camera = make.camera()
    rows = []
    for number in range(frames):
        image = make.image(camera=camera, captured_at=make.later(seconds=10 * number))
        for x, way in ((10, ANN), (150, BEN)):
            row = make.detection(image=image, sighting=None, x=x + number, **fields)
            make.embedding(row, space, *way)
            rows.append(row)
    return rows


def apart(rows: list[Detection]) -> None:
    """Group as an import does, before anything is embedded."""
    active = list(EmbeddingSpace.objects.filter(is_active=True))
    EmbeddingSpace.objects.update(is_active=False)
    again()
    EmbeddingSpace.objects.filter(pk__in=[space.pk for space in active]).update(is_active=True)
    assert len(set(of(rows))) == len(rows)


def of(rows: list[Detection]) -> list[UUID]:
    sighting_of = {pk: key for pk, key in Detection.objects.values_list("pk", "sighting") if key}
    return [sighting_of[row.pk] for row in rows]


def encounters() -> set[UUID]:
    return set(Sighting.objects.values_list("encounter", flat=True))


def test_the_photographs_of_each_animal_become_one_sighting(space: EmbeddingSpace) -> None:
    rows = meeting(space)
    apart(rows)
    assert join_linked.fuse(encounters()) == 4
    a, b, *rest = of(rows)
    assert rest == [a, b, a, b]
    assert a != b
    assert Sighting.objects.count() == 2
    assert {row.scores_stale for row in Detection.objects.all()} == {True}


def test_it_is_the_same_again_and_whoever_groups_again_finds_it_so(space: EmbeddingSpace) -> None:
    rows = meeting(space)
    apart(rows)
    join_linked.fuse(encounters())
    before = of(rows)
    assert join_linked.fuse(encounters()) == 0
    again()
    assert of(rows) == before
    make.detection(
        image=rows[0].image, sighting=None, x=5, y=150, width=40, classification="cattle"
    )
    again()
    assert of(rows) == before


def test_an_import_after_the_embedding_links_at_once(space: EmbeddingSpace) -> None:
    rows = meeting(space)
    again()
    a, b, *rest = of(rows)
    assert rest == [a, b, a, b]


def test_it_can_be_turned_off(space: EmbeddingSpace, settings: Any) -> None:
    settings.REID_LINK_FRAMES = False
    rows = meeting(space)
    again()
    assert join_linked.fuse(encounters()) == 0
    assert len(set(of(rows))) == 6


def test_what_has_a_name_is_not_touched_and_links_nobody(space: EmbeddingSpace) -> None:
    rows = meeting(space)
    apart(rows)
    known = rows[2]  # Ann in the middle
    Detection.objects.filter(pk=known.pk).update(deer=make.deer("Ann"), identity_source="reviewed")
    Sighting.objects.filter(pk=of([rows[3]])[0]).update(label="7")  # Ben in the middle
    before = of(rows)
    assert join_linked.fuse(encounters()) == 0
    again()
    assert of(rows) == before


def test_an_audited_sighting_stays_as_it_was_judged(space: EmbeddingSpace) -> None:
    rows = meeting(space, frames=2)
    apart(rows)
    judged = Sighting.objects.get(pk=of(rows)[0])
    plan = AuditPlan.objects.create(
        scorer=Scorer.objects.of(space), gallery_fingerprint="0" * 64, population_sha256="0" * 64, n_population=1,
        alpha_fdp=0.05, risk=0.05, candidates=[], salt="0", status="open",
    )  # fmt: skip
    AuditItem.objects.create(plan=plan, sighting=judged, deer=make.deer(), score=9000, u="0.5")
    assert join_linked.fuse(encounters()) == 1  # Ben's
    a0, b0, a1, b1 = of(rows)
    assert (a0, b0) == (judged.pk, b1)
    assert a1 != a0


def test_photographs_without_a_time_and_animals_not_embedded_are_left_open(
    space: EmbeddingSpace,
) -> None:
    rows = meeting(space, frames=2)
    apart(rows)
    rows[1].embeddings.all().delete()
    times = [row.image.captured_at for row in rows]
    Image.objects.update(captured_at=None)
    assert join_linked.fuse(encounters()) == 0
    for row, time in zip(rows, times, strict=True):
        Image.objects.filter(pk=row.image_id).update(captured_at=time)
    assert join_linked.fuse(encounters()) == 1
    a0, b0, a1, b1 = of(rows)
    assert a0 == a1
    assert b0 != b1


def test_a_run_joins_before_it_decides(space: EmbeddingSpace) -> None:
    known = make.detection(deer=make.deer("Ann"), is_reference=True)
    make.embedding(known, space, *ANN)
    rows = meeting(space)
    apart(rows)
    run = identify.create_run(Scorer.objects.of(space))
    ReidRun.objects.filter(pk=run.pk).update(state="running", started_at=make.NOON)
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    assert (run.state, run.counts["joined"], run.counts["sightings"]) == ("completed", 4, 3)
    assert run.decisions.count() == 3
    assert not Detection.objects.filter(scores_stale=True).exists()


def test_where_nothing_is_to_be_joined_nothing_is_locked(
    space: EmbeddingSpace, django_assert_max_num_queries: Any
) -> None:
    make.detection()
    quiet = encounters()
    with django_assert_max_num_queries(2):  # who meets, and the active space
        assert join_linked.fuse(quiet) == 0
