"""Command demo: the sample herd drawn, imported, identified and compared with the truth."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from reid import reviewing
from reid.management.users import NO_USER
from reid.models import (
    Camera,
    Decision,
    Deer,
    Deployment,
    Detection,
    Detector,
    Image,
    Import,
    Operation,
    ReidRun,
    Scorer,
    Sighting,
    SimilarityScore,
    Survey,
    Threshold,
)
from reid.taxonomy import Sex
from reid.tests import make
from reid.tests.reviewing import reviewer
from thumper.herd import COLLECTION, loading, removing
from thumper.herd.detector import shipped
from thumper.herd.season import herd
from thumper.management.commands.demo import (
    IN_FORCE,
    NO_THRESHOLD,
    NOT_EMPTY,
    NOTHING_TO_DO,
    WRONG_SIZE,
)

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

TABLES = (Camera, Decision, Deer, Deployment, Detection, Image, Operation, ReidRun, SimilarityScore, Threshold)  # fmt: skip


def run_demo(**options) -> str:
    out = StringIO()
    call_command("demo", **{"deer": 3, "days": 5} | options, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_demo_loads_a_herd_once(media_root):
    output = run_demo()
    threshold = Threshold.objects.get(is_active=True)
    assert threshold.source == Threshold.Source.OPERATOR
    assert threshold.approved_by == get_user_model().objects.get(username="local")
    assert threshold.evidence["demonstration"] is True
    assert f"{threshold.value:.4f} is approved by local for demonstration only" in output
    assert threshold.evidence["fpir"] <= loading.FPIR_LIMIT

    assert "no camera" not in output

    assert {deer.sex for deer in Deer.objects.all()} <= {"buck", "doe", "fawn"}
    assert Deployment.objects.exists()
    assert Camera.objects.filter(latitude__isnull=True).count() == 0
    last = Image.objects.latest("captured_at").captured_at
    assert timezone.localdate(last) < timezone.localdate()
    # Photographs came in without boxes; the detector found these, and a table named what it had found.
    found = Detection.objects.filter(detected_by__name=shipped.NAME)
    assert found.count() >= 0.95 * Detection.objects.count()
    assert found.filter(identity_source="imported").exists()
    assert not Image.objects.exclude(looked=Image.Looked.YES).exists()
    assert list(Import.objects.order_by("started_at").values_list("kind", flat=True)) == [
        *("detections", "detector", "detections", "deployments"),
    ]
    for deer, name in Detection.objects.filter(identity_source="auto").values_list(
        "deer", "scores__deer"
    ):
        assert deer is not None
        assert name is not None
    outcome = loading.compare_with_truth(media_root / COLLECTION / "truth.csv")
    assert outcome.unnamed > 5
    assert (
        outcome.assigned
        == Detection.objects.filter(identity_source="auto").values("sighting").distinct().count()
    )

    before = [table.objects.count() for table in TABLES]
    assert run_demo().strip() == NOTHING_TO_DO
    assert [table.objects.count() for table in TABLES] == before


def test_a_lone_deer_is_ranked_only_and_a_standing_threshold_stays(media_root):
    assert NO_THRESHOLD in run_demo(deer=1)  # there is no other deer to be taken for
    assert not Threshold.objects.exists()
    standing = Threshold.objects.create(
        scorer=Scorer.objects.get(),
        value="0.9000",
        source=Threshold.Source.OPERATOR,
        approved_by=get_user_model().objects.get(username="local"),
        approved_at=timezone.now(),
        is_active=True,
    )
    assert IN_FORCE.format(value="0.9000") in run_demo(deer=1)
    assert Threshold.objects.get() == standing


def test_a_herd_of_another_size_is_not_drawn_over(media_root):
    (media_root / COLLECTION).mkdir()
    (media_root / COLLECTION / "season.json").write_text('{"seed": 20, "deer": 5, "days": 5}')
    with pytest.raises(CommandError, match="another herd"):
        run_demo()


def test_drawn_deer_do_not_go_among_real_ones(media_root):
    make.detection()
    with pytest.raises(CommandError, match=NOT_EMPTY):
        run_demo()
    assert not (media_root / COLLECTION).exists()


def test_an_unknown_user_cannot_approve(media_root):
    with pytest.raises(CommandError, match=NO_USER.format(name="nobody")):
        run_demo(user="nobody")


@pytest.mark.parametrize("size", [{"deer": 0}, {"deer": 25}, {"days": 4}, {"days": 366}])
def test_a_herd_of_no_size_is_refused(media_root, size):
    with pytest.raises(CommandError) as refused:
        run_demo(**size)
    assert str(refused.value) == WRONG_SIZE


def test_sexes_are_given_where_nobody_has_said_one():
    members = {member.name: member.look.sex for member in herd(20)}
    make.deer("Atlas")
    make.deer("Acacia", sex="buck")  # somebody knows better
    make.deer("Stranger")
    assert loading.set_sexes(herd(20)) == 1
    assert members["Atlas"] is Sex.BUCK
    assert dict(Deer.objects.values_list("name", "sex")) == {
        "Atlas": "buck",
        "Acacia": "buck",
        "Stranger": "unknown",
    }


def labelled_log(*decoys: int):
    """A scorer in which each labelled sighting has this best score against another deer."""
    scorer = make.scorer()
    run, own, other = make.run(scorer), make.deer("own"), make.deer("other")
    for value in decoys:
        of = make.detection(deer=own)
        make.embedding(of, scorer, 1, 0, 0, 0)
        make.score(of, other, value, run)
    return scorer


def test_the_demonstration_threshold_is_the_lowest_that_keeps_the_decoys_out():
    scorer = labelled_log(*range(5000, 5019), 8000)  # 20 decoys, of which one may pass
    user = get_user_model().objects.get(username="local")
    threshold = loading.approve_for_demonstration(scorer, user)
    assert threshold is not None
    assert threshold.units == 5019
    assert threshold.evidence["decoy_hits"] == 1
    assert threshold.evidence["decoy_trials"] == 20
    assert loading.approve_for_demonstration(scorer, user) == threshold  # what is in force stays


def test_without_decoys_nothing_is_approved():
    scorer = labelled_log()
    user = get_user_model().objects.get(username="local")
    assert loading.approve_for_demonstration(scorer, user) is None
    assert not Threshold.objects.exists()


def test_the_truth_is_compared_by_sighting(tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text(
        "path,x,y,width,height,deer,named,sighting\n"
        "a.jpg,10,10,100,100,Ada,0,e1\n"
        "b.jpg,10,10,100,100,Bea,0,e2\n"
        "c.jpg,10,10,100,100,Bea,0,e3\n"
        "d.jpg,10,10,100,100,Ada,1,e4\n"
        "e.jpg,10,10,100,100,,0,e5\n",
        encoding="ascii",
    )
    ada = make.deer("Ada")
    for name, source in (("a", "auto"), ("b", "auto"), ("d", "imported")):
        make.detection(
            image=make.image(f"{COLLECTION}/{name}.jpg"), deer=ada, identity_source=source
        )
    assert loading.compare_with_truth(truth) == loading.TruthComparison(
        unnamed=3, assigned=2, right=1
    )


def test_a_folder_of_ones_own_called_demo_is_no_sample_herd():
    make.detection(image=make.image("demo/a.jpg"))
    assert loading.holds_other_detections()
    assert not loading.is_loaded()


def survey(name: str, *captured: Detection) -> None:
    captures = [{"detections": [str(detection.pk)]} for detection in captured]
    Survey.objects.create(
        name=name,
        start="2025-10-01",
        end="2025-10-31",
        frozen={"captures": captures},
        frozen_sha256="0" * 64,
    )


def test_the_sample_herd_goes_with_all_that_was_said_of_it(media_root, client: Client) -> None:
    run_demo(deer=2)
    someone = make.detection(deer=make.deer(name="Ada"))
    of_deer = Detection.objects.identifiable().exclude(pk=someone.pk)
    drawn = Sighting.objects.filter(detections__in=of_deer)[0]
    versions = dict(drawn.detections.values_list("pk", "version"))
    reviewing.new_deer(sighting=drawn.pk, name="Zora", versions=versions, actor=reviewer())
    survey("of drawings", of_deer[0])
    survey("of both", of_deer[0], someone)
    assert removing.is_stored()
    answer = client.post("/sample-herd/remove", follow=True)
    assert "The sample herd is removed" in answer.content.decode()
    assert not removing.is_stored()
    assert removing.was_removed()
    assert not (media_root / COLLECTION).exists()
    assert list(Detection.objects.all()) == [someone]
    assert not Threshold.objects.filter(is_active=True).exists()
    assert not Detector.objects.filter(is_active=True).exists()  # it knows drawings alone
    assert [item.name for item in Survey.objects.all()] == ["of both"]
    assert not {"Acorn", "Hickory"} & set(Deer.objects.values_list("name", flat=True))
