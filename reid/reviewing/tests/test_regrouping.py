"""Regrouping after a review: an animal more or less on a photograph divides its encounter as an import would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reid import reviewing
from reid.grouping import rebuild
from reid.grouping.timelines import TouchedTimelines
from reid.models import AuditItem, AuditPlan, Detection, Image, Operation, Sighting
from reid.reviewing import bulk
from reid.tests import make
from reid.tests.reviewing import everything, reviewer

pytestmark = pytest.mark.django_db


class Visit:
    """An encounter of one camera, grouped by the import; animals by name, on numbered photographs."""

    def __init__(self, *animals: tuple[str, int, dict[str, Any]]) -> None:
        camera = make.camera()
        labels = {}
        self.keys: dict[str, Any] = {}
        self.frames: dict[int, Image] = {}
        for number, (name, frame, fields) in enumerate(animals):
            if frame not in self.frames:
                when = make.NOON + timedelta(seconds=60 * frame)
                self.frames[frame] = make.image(camera=camera, captured_at=when)
            values: dict[str, Any] = {"sighting": None, "x": number, "image": self.frames[frame]}
            label = fields.pop("label", "")
            detection = make.detection(**values | fields)
            self.keys[name] = detection.pk
            if label:
                labels[detection.pk] = label
        self.imported(labels)

    def imported(self, labels: dict[Any, str] | None = None) -> None:
        """What an import does that touches this visit."""
        touched = TouchedTimelines()
        for image in self.frames.values():
            touched.add(image.camera_id, image.path, image.captured_at)
        rebuild.regroup(touched, labels or {})
        for image in self.frames.values():
            image.refresh_from_db()

    def versions(self, *names: str) -> dict[Any, int]:
        keys = [self.keys[name] for name in names]
        return dict(Detection.objects.filter(pk__in=keys).values_list("pk", "version"))

    def one(self, name: str) -> Detection:
        return Detection.objects.get(pk=self.keys[name])

    def sighting(self, name: str) -> Sighting:
        row = self.one(name).sighting
        assert row is not None
        return row

    def groups(self) -> set[str]:
        """The sightings, each as the names of its animals in order."""
        names = {key: name for name, key in self.keys.items()}
        labels_of: dict[Any, str] = {}
        for key, of in Detection.objects.filter(pk__in=names).values_list("pk", "sighting"):
            labels_of[of] = "".join(sorted(labels_of.get(of, "") + names[key]))
        return set(labels_of.values())

    def invalidate(self, *names: str) -> Operation:
        return reviewing.invalidate(versions=self.versions(*names), actor=reviewer())

    def assign(self, name: str, deer: Any) -> Operation:
        of = self.sighting(name)
        versions = dict(of.detections.values_list("pk", "version"))
        return reviewing.assign(sighting=of.pk, deer=deer.pk, versions=versions, actor=reviewer())


def undo(operation: Operation) -> Operation:
    return reviewing.undo(operation=operation.pk, actor=reviewer())


def two_on_the_first(**fields: Any) -> Visit:
    """a and b on one photograph, c and d on the next ones."""
    return Visit(("a", 1, dict(fields)), ("b", 1, {}), ("c", 2, {}), ("d", 3, {}))


def test_where_the_second_animal_was_none_the_others_are_one() -> None:
    visit = two_on_the_first()
    assert visit.groups() == {"a", "b", "c", "d"}
    before, decided = everything(), visit.sighting("b").pk
    done = visit.invalidate("b")
    assert visit.groups() == {"acd", "b"}
    assert visit.sighting("b").pk == decided
    assert Sighting.objects.count() == 2
    after = everything()
    undone = undo(done)
    assert (visit.groups(), everything()) == ({"a", "b", "c", "d"}, before)
    undo(undone)
    assert (visit.groups(), everything()) == ({"acd", "b"}, after)


def test_what_is_thrown_out_leaves_its_sighting_to_the_rest() -> None:
    visit = Visit(("a", 1, {}), ("b", 2, {}))
    for name in "ab":
        was = visit.sighting(name)
        done = visit.invalidate(name)
        assert visit.sighting("ba"["ab".index(name)]) == was
        undo(done)


def test_one_that_comes_back_tells_the_others_apart() -> None:
    visit = Visit(("a", 1, {}), ("b", 1, {"is_valid": False}), ("c", 2, {}))
    assert visit.groups() == {"ac", "b"}
    before = everything()
    done = reviewing.make_valid(versions=visit.versions("b"), actor=reviewer())
    assert visit.groups() == {"a", "b", "c"}
    undo(done)
    assert everything() == before


@pytest.mark.parametrize(
    ("was", "said", "groups"),
    [
        ("doe", "cattle", {"ac", "b"}),
        ("doe", "person", {"ac", "b"}),
        ("animal", "doe", {"a", "b", "c"}),
        ("cattle", "fawn", {"a", "b", "c"}),
        ("doe", "buck", {"a", "b", "c"}),
        ("animal", "pig", {"ac", "b"}),
    ],
)
def test_a_class_counts_the_animals_anew(was: str, said: str, groups: set[str]) -> None:
    visit = Visit(("a", 1, {}), ("b", 1, {"classification": was}), ("c", 2, {}))
    before = everything()
    done = reviewing.correct_class(
        versions=visit.versions("b"), classification=said, actor=reviewer()
    )
    assert visit.groups() == groups
    undo(done)
    assert everything() == before


def test_an_import_that_comes_next_changes_nothing() -> None:
    oak, elm = make.deer("Oak"), make.deer("Elm")
    visit = Visit(
        ("a", 1, {"deer": oak}), ("b", 1, {}), ("c", 2, {"deer": oak}), ("d", 2, {"deer": elm}),
        ("e", 3, {"classification": "animal"}), ("f", 4, {"label": "named"}), ("g", 5, {}),
    )  # fmt: skip
    visit.invalidate("b")
    reviewing.correct_class(versions=visit.versions("e"), classification="doe", actor=reviewer())
    said = everything()
    visit.imported()
    assert everything() == said


def test_sightings_that_the_import_named_stay() -> None:
    visit = Visit(
        ("a", 1, {"label": "x"}), ("b", 1, {"label": "y"}), ("c", 2, {"label": "x"}), ("d", 3, {})
    )
    named = visit.sighting("a").pk
    done = visit.invalidate("b")
    assert visit.groups() == {"ac", "b", "d"}
    assert visit.sighting("a").pk == named
    undo(done)
    assert [visit.sighting(name).label for name in "abcd"] == ["x", "y", "x", ""]


def test_what_people_told_apart_or_called_one_stays_so_and_keeps_its_deer() -> None:
    visit = two_on_the_first()
    oak, elm = make.deer("Oak"), make.deer("Elm")
    visit.assign("a", oak)
    visit.assign("c", oak)
    visit.assign("d", elm)
    done = visit.invalidate("b")
    assert visit.groups() == {"ac", "b", "d"}
    known = ("reviewed", "reviewed", "reviewed")
    assert tuple(visit.one(name).identity_source for name in "acd") == known
    undo(done)
    assert visit.groups() == {"a", "b", "c", "d"}
    assert [visit.one(name).deer for name in "abcd"] == [oak, None, oak, elm]


def test_what_was_split_is_not_joined() -> None:
    visit = Visit(("a", 1, {}), ("b", 1, {}), ("c", 2, {}))
    oak = make.deer("Oak")
    visit.assign("a", oak)
    visit.assign("c", oak)
    reviewing.split(
        sightings=[visit.sighting("c").pk],
        name="Elm",
        versions=visit.versions("c"),
        actor=reviewer(),
    )
    visit.invalidate("b")
    assert visit.groups() == {"a", "b", "c"}


def test_what_a_person_rejected_does_not_join_that_deer() -> None:
    visit = two_on_the_first()
    oak = make.deer("Oak")
    visit.assign("a", oak)
    reviewing.reject(
        sighting=visit.sighting("c").pk,
        deer=[oak.pk],
        versions=visit.versions("c"),
        actor=reviewer(),
    )
    visit.invalidate("b")
    assert visit.groups() == {"a", "b", "c", "d"}


def guess(visit: Visit, **deer: Any) -> None:
    for name, one in deer.items():
        Detection.objects.filter(pk=visit.keys[name]).update(deer=one, identity_source="auto")


def test_guesses_that_disagree_about_what_is_one_now_give_way_until_the_next_run() -> None:
    visit = two_on_the_first()
    guess(visit, a=make.deer("Oak"), c=make.deer("Elm"))
    before = everything()
    done = visit.invalidate("b")
    assert [visit.one(name).deer for name in "acd"] == [None] * 3
    assert all(visit.one(name).scores_stale for name in "acd")
    undo(done)
    assert everything() == before


def test_a_guess_that_agrees_with_what_is_known_stays() -> None:
    visit = two_on_the_first()
    oak, elm = make.deer("Oak"), make.deer("Elm")
    visit.assign("a", oak)
    guess(visit, c=oak, d=elm)
    visit.invalidate("b")
    assert visit.groups() == {"acd", "b"}
    assert [visit.one(name).deer for name in "acd"] == [oak, oak, None]
    assert visit.one("a").identity_source == "reviewed"


def test_what_was_decided_meanwhile_does_not_keep_it_from_being_undone() -> None:
    visit = two_on_the_first()
    oak, elm = make.deer("Oak"), make.deer("Elm")
    first = visit.assign("a", oak)
    done = visit.invalidate("b")
    undo(first)  # the grouping since is nobody's decision on this one
    visit.assign("c", elm)
    undo(done)
    assert visit.groups() == {"a", "b", "c", "d"}
    assert [visit.one(name).deer for name in "abcd"] == [elm, None, elm, elm]


def test_after_an_import_an_undo_groups_as_the_import_would() -> None:
    visit = two_on_the_first()
    done = visit.invalidate("b")
    late = make.detection(image=visit.frames[2], sighting=None, x=90, classification="cattle")
    visit.keys["e"] = late.pk
    newer = make.detection(
        sighting=None, image=make.image(camera=visit.frames[1].camera, captured_at=make.NOON)
    )
    visit.keys["f"] = newer.pk
    visit.imported()
    assert visit.groups() == {"acdf", "b", "e"}
    undo(done)
    assert visit.groups() == {"a", "b", "c", "d", "e", "f"}
    assert visit.one("b").is_valid


def test_a_name_that_a_sighting_got_since_stays() -> None:
    visit = two_on_the_first()
    done = visit.invalidate("b")
    visit.imported({visit.keys[name]: "seen" for name in "ac"})
    undo(done)
    assert visit.groups() == {"ac", "b", "d"}
    assert visit.sighting("a").label == "seen"


def test_other_encounters_of_that_day_are_left_alone() -> None:
    visit = two_on_the_first()
    oak = make.deer("Oak")
    other = Visit(("a", 1, {}), ("b", 1, {}), ("c", 2, {}))
    Image.objects.filter(pk__in=[one.pk for one in other.frames.values()]).update(
        camera=visit.frames[1].camera
    )
    for name in "ac":
        other.assign(name, oak)
    visit.invalidate("b")
    assert other.groups() == {"a", "b", "c"}


def test_evidence_keeps_the_sighting_that_it_is_of() -> None:
    visit = two_on_the_first()
    plan = AuditPlan.objects.create(
        scorer=make.scorer(),
        gallery_fingerprint="0" * 64,
        population_sha256="0" * 64,
        n_population=2,
        alpha_fdp=0.05,
        candidates=[],
        salt="0",
    )
    audited = [visit.sighting(name) for name in "cd"]
    for number, one in enumerate(audited):
        AuditItem.objects.create(
            plan=plan, sighting=one, deer=make.deer(), score=9000, u=f"{number}"
        )
    done = visit.invalidate("b")
    assert visit.groups() == {"acd", "b"}
    assert visit.sighting("a") in audited
    assert Sighting.objects.filter(pk__in=[one.pk for one in audited]).count() == 2
    undo(done)
    assert [visit.sighting(name) for name in "cd"] == audited


def test_animals_that_become_deer_at_once_are_grouped_and_undone_at_once() -> None:
    visits = [
        Visit(("a", 1, {"classification": "animal"}), ("b", 2, {}), ("c", 3, {})) for _ in range(3)
    ]
    alone = Visit(("a", 1, {"classification": "animal"}))
    assert visits[0].groups() == {"a", "bc"}
    before = everything()
    done = bulk.classify("doe", actor=reviewer())
    assert [visit.groups() for visit in visits] == [{"abc"}] * 3
    assert all(visit.one(name).scores_stale for visit in visits for name in "abc")
    assert alone.groups() == {"a"}
    undo(done)
    assert everything() == before


def test_a_review_of_what_an_import_has_not_grouped_yet_leaves_that_to_it() -> None:
    visit = two_on_the_first()
    loose = make.detection(image=visit.frames[2], sighting=None, x=90)
    done = reviewing.invalidate(versions={loose.pk: 0}, actor=reviewer())
    assert visit.groups() == {"a", "b", "c", "d"}
    undo(done)
    assert Detection.objects.get(pk=loose.pk).sighting is None
