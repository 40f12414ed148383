"""The command audit_threshold, as an operator sees it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from analysis.audit.plans import NO_PLAN
from analysis.management.batch_verbs import NO_BATCHES
from analysis.management.commands.audit_threshold import NOTHING_LEFT
from analysis.tests.herds import Herd, herd
from analysis.tests.small_herds import judge, small_herd
from reid.management.users import NO_USER
from reid.models import AuditItem, AuditPlan, Detection
from reid.tests import make

pytestmark = pytest.mark.django_db


def output_of(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_threshold", *arguments, stdout=out)
    return out.getvalue()


def answered(*arguments: str):
    return json.loads(output_of(*arguments, "--format", "json"))


@pytest.fixture
def stored() -> Herd:
    get_user_model().objects.get_or_create(username="local")
    return herd()


def test_an_audit_from_the_plan_to_the_proof(stored):
    plan = answered("plan", "--alpha-fdp", "0.1")
    assert (plan["status"], plan["alpha"], plan["population"]) == ("open", 0.1, 120)
    while True:
        handed = answered("next")
        if not handed["items"]:
            break
        assert handed["plan"] == plan["plan"]
        for item in handed["items"]:
            assert set(item) == {"item", "sighting", "deer", "score"}
            assert item["deer"] == str(stored.ada.pk)
            output_of("record", str(item["item"]), "right")
    status = answered("status")
    assert (status["status"], status["verdict"]) == ("passed", "RECOMMEND")
    assert [item["status"] for item in status["candidates"]] == ["passed", "passed"]
    assert all(item["fdp_upper"] <= 0.1 for item in status["candidates"])
    assert NOTHING_LEFT in output_of("next")
    assert "RECOMMEND" not in output_of("status")
    assert "are proven" in output_of("status")


def test_the_answer_goes_to_a_file(stored, tmp_path):
    plan = answered("plan")["plan"]
    target = tmp_path / "status.json"
    output_of("status", "--format", "json", "--output", str(target))
    assert json.loads(target.read_text(encoding="ascii"))["plan"] == plan


def test_a_person_sees_no_score(stored):
    output_of("plan")
    text = output_of("next", "--count", "3")
    assert text.count("deer ada") == 3
    for item in AuditItem.objects.all()[:10]:
        assert f"{item.score / 10_000:.4f}" not in text


def test_whoever_judges_is_written_down(stored):
    get_user_model().objects.create(username="ranger")
    output_of("plan")
    item = answered("next", "--count", "1")["items"][0]["item"]
    output_of("record", str(item), "cannot-tell", "--user", "ranger")
    row = AuditItem.objects.get(pk=item)
    assert row.reviewer is not None
    assert (row.reviewer.get_username(), row.outcome) == ("ranger", "cannot_tell")


def test_an_unknown_judge_is_refused(stored):
    output_of("plan")
    item = answered("next")["items"][0]["item"]
    with pytest.raises(CommandError) as refused:
        output_of("record", str(item), "right", "--user", "gone")
    assert str(refused.value) == NO_USER.format(name="gone")


@pytest.mark.parametrize("arguments", [("next",), ("status",), ("record", "1", "right")])
def test_before_a_plan_it_says_what_to_do(stored, arguments):
    with pytest.raises(CommandError, match="audit_threshold plan") as refused:
        output_of(*arguments)
    assert str(refused.value) == NO_PLAN


def test_an_audit_without_decoys_cannot_begin():
    make.scorer()
    with pytest.raises(CommandError, match="cannot begin: 0 labelled sightings of 0 deer"):
        output_of("plan")
    assert not AuditPlan.objects.exists()


def test_only_the_offered_shares_can_be_proven(stored):
    with pytest.raises(CommandError, match="alpha-fdp"):
        output_of("plan", "--alpha-fdp", "0.5")


def test_a_batch_from_the_plan_to_the_names_and_back():
    get_user_model().objects.get_or_create(username="local")
    made = small_herd(unreviewed=60)
    assert output_of("batches").strip() == NO_BATCHES
    with pytest.raises(CommandError, match="plan --batch"):
        output_of("plan")
    text = output_of("plan", "--batch", "--alpha-fdp", "0.1", "--shares", "1")
    assert text.startswith("Batch 1 is frozen: 60 names of sightings that are there.")
    assert "at most 10% of the 60 best are wrong. About" in text
    with pytest.raises(CommandError, match="Nothing of batch 1 is certified yet"):
        output_of("assign")
    judge(AuditPlan.objects.get())
    assert "Batch 1 is certified: at most 10% of these 60 names are wrong" in output_of("status")
    text = output_of("assign")
    assert text.startswith(
        "Batch 1: 60 sightings have their deer, certified for this batch: at most 10%"
    )
    assert made.unreviewed[0] in Detection.objects.filter(identity_source="certified").values_list(
        "sighting", flat=True
    )
    assert "certified for this batch" in output_of("batches")
    (listed,) = answered("batches")["batches"]
    assert (listed["is_assigned"], listed["certified"]["pairs"]) == (True, 60)
    assert "was undone" in output_of("undo")
    assert "not assigned" in output_of("batches")
    assert "is abandoned" in output_of("abandon")
    assert output_of("batches").strip() == "Batch 1: abandoned, nothing is assigned."


def test_shares_are_numbers_and_those_of_a_batch():
    small_herd(unreviewed=5)
    for arguments, sentence in (
        (("--batch", "--shares", "half"), "'half' are no shares"),
        (("--shares", "0.5"), "give --batch too"),
    ):
        with pytest.raises(CommandError, match=sentence):
            output_of("plan", *arguments)
