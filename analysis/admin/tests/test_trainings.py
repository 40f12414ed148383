"""Trainings in the admin: their progress and gain in the list, and actions that cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from analysis.admin import trainings
from analysis.evaluation import training_run
from reid.embedding import spaces
from reid.identifying import run_workers
from reid.models import EmbeddingSpace, ReidRun, Scorer, Training
from reid.tests import make
from reid.training.methods import MIN_DEER
from reid.training.recipe import Recipe

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent() -> EmbeddingSpace:
    return make.space()


@pytest.fixture
def keeper(client: Client) -> Client:
    client.force_login(get_user_model()._default_manager.create_superuser("keeper"))
    return client


def training(parent: EmbeddingSpace, run: dict[str, Any] | None = None, **fields: Any) -> Training:
    """One of `head`, ended; `run` replaces fields of its run."""
    values = {"kind": ReidRun.Kind.TRAIN, "state": ReidRun.State.COMPLETED} | (run or {})
    options = {"recipe": Recipe().to_json(), "folds": 2, "deals": 1}
    return Training.objects.create(
        run=make.run(Scorer.objects.of(parent), **values),
        method="head",
        parent=parent,
        options=options,
        **fields,
    )


def list_page(client: Client) -> str:
    return client.get(reverse("admin:reid_training_changelist")).content.decode()


def act(client: Client, action: str, *rows: Training) -> str:
    """The page that an action on these ends on."""
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    address = reverse("admin:reid_training_changelist")
    return client.post(address, form, follow=True).content.decode()


def redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(run_workers, "start", away)


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"doing": "fold 1", "done": 2, "of": 5, "remark": "loss 0.4"}, "fold 1 2/5 loss 0.4"),
        ({"doing": "material", "done": 0, "of": 0, "remark": ""}, "material"),
        ({}, "-"),
    ],
)
def test_the_list_shows_the_step_under_way(
    keeper: Client, parent: EmbeddingSpace, counts: dict[str, Any], text: str
) -> None:
    training(parent, {"state": ReidRun.State.RUNNING, "counts": counts})
    assert f'<td class="field-progress">{text}</td>' in list_page(keeper)


def test_the_list_shows_why_one_failed(keeper: Client, parent: EmbeddingSpace) -> None:
    training(parent, {"state": ReidRun.State.FAILED, "error": "The disk is full."})
    assert '<td class="field-progress">The disk is full.</td>' in list_page(keeper)


def test_the_list_compares_the_space_with_its_parent(
    keeper: Client, parent: EmbeddingSpace
) -> None:
    judged = {"sightings": 8, "parent": {"map": 0.5}, "derived": {"map": 0.75}}
    training(parent, judgement=judged)
    assert '<td class="field-gain">50.0% &gt; 75.0%</td>' in list_page(keeper)


@pytest.mark.parametrize("action", ["activate", "go_back", "again"])
def test_an_action_is_for_one_training(keeper: Client, parent: EmbeddingSpace, action: str) -> None:
    derived = make.space(is_active=False)
    rows = [training(parent, space=derived), training(parent, space=derived)]
    assert trainings.ONE in act(keeper, action, *rows)
    assert spaces.active_space() == parent
    assert Training.objects.count() == 2


def test_without_redis_a_space_is_used_and_its_scores_wait(
    keeper: Client, parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_is_away(monkeypatch)
    derived = make.space(is_active=False)
    assert trainings.NO_REDIS in act(keeper, "activate", training(parent, space=derived))
    assert spaces.active_space() == derived
    assert ReidRun.objects.get(kind=ReidRun.Kind.BACKFILL).state == ReidRun.State.PENDING


def test_without_redis_another_training_is_written_down(
    keeper: Client, parent: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_is_away(monkeypatch)
    monkeypatch.setitem(MIN_DEER, Training.Method.HEAD, 0)
    first = training(parent)
    assert "Redis does not answer: the training waits." in act(keeper, "again", first)
    second = Training.objects.exclude(pk=first.pk).get()
    assert (second.options, second.run.state) == (first.options, ReidRun.State.PENDING)


def test_another_training_of_too_few_deer_is_refused_in_a_sentence(
    keeper: Client, parent: EmbeddingSpace
) -> None:
    needed = MIN_DEER[Training.Method.HEAD]
    refusal = training_run.TOO_FEW_DEER.format(method="head", known=0, needed=needed)
    assert refusal in act(keeper, "again", training(parent))
    assert Training.objects.count() == 1


def test_who_may_only_look_is_offered_no_action(client: Client, parent: EmbeddingSpace) -> None:
    reader = get_user_model()._default_manager.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_training"))
    client.force_login(reader)
    training(parent)
    page = list_page(client)
    assert "head" in page
    assert 'value="activate"' not in page
    assert 'value="cancel"' not in page
