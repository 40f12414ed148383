"""backfill_similarity_scores, as an operator sees it, in this process and killed in its own."""

from __future__ import annotations

import io
import signal

import django_rq
import pytest
from django.core.management import CommandError, call_command
from rq import SimpleWorker

from analysis.management.commands import backfill_similarity_scores as command
from conftest import wait_until
from reid.identifying import backfill, run_workers
from reid.models import Detection, ReidRun, SimilarityScore
from reid.tests import make
from reid.tests.herds import herd

pytestmark = pytest.mark.django_db


def output_of(*arguments: str) -> str:
    out = io.StringIO()
    call_command("backfill_similarity_scores", *arguments, stdout=out)
    text = out.getvalue()
    assert text.isascii()
    return text


def test_the_second_thousand_is_really_the_second_thousand() -> None:
    herd(2100)
    text = output_of("--start-offset", "1000", "--limit", "1000")
    assert "1,000  detections looked at" in text
    keys = list(Detection.objects.order_by("pk").values_list("pk", flat=True))
    scored = SimilarityScore.objects.values_list("detection", flat=True).distinct()
    assert sorted(scored) == keys[1000:2000]


def test_a_dry_run_says_so_and_names_what_it_would_embed() -> None:
    scorer = herd(3)
    make.detection()
    text = output_of("--dry-run", "--space", scorer.name, "--batch-size", "2")
    assert text.startswith(command.DRY_RUN)
    assert "7  detections looked at" in text
    assert "1  to be embedded first" in text
    assert not ReidRun.objects.exists()
    assert not SimilarityScore.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--limit", "-1"], command.NEGATIVE.format("--limit")),
        (["--start-offset", "-1"], command.NEGATIVE.format("--start-offset")),
        (["--batch-size", "0"], command.BATCH_SIZE),
        (["--resume", "--limit", "5"], command.RESUME_ALONE),
        (["--resume", "--dry-run"], command.RESUME_ALONE),
        (["--dry-run", "--queue"], command.NOT_QUEUED),
        (["--resume"], command.NOTHING_TO_RESUME),
        (["--space", "nowhere"], "No embedding space is called nowhere"),
    ],
)
def test_bad_arguments_get_one_sentence(arguments, text) -> None:
    with pytest.raises(CommandError) as error:
        output_of(*arguments)
    assert str(error.value).startswith(text)
    assert not ReidRun.objects.exists()


def test_an_interrupt_says_how_to_go_on(monkeypatch) -> None:
    scorer = herd(10)
    real = backfill.advance

    def interrupted(*given) -> bool:
        real(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backfill, "advance", interrupted)
        with pytest.raises(CommandError) as error:
            output_of("--batch-size", "4", "--space", scorer.name)
    assert (str(error.value), error.value.returncode) == (command.STOPPED, 130)
    assert ReidRun.objects.get().state == "cancelled"
    assert "13  detections looked at" in output_of("--resume")
    assert ReidRun.objects.get().state == "completed"


@pytest.mark.django_db(transaction=True)
def test_the_same_work_goes_through_the_queue(redis_client, monkeypatch) -> None:
    monkeypatch.setattr(run_workers, "SECONDS_A_JOB", 0.0)
    scorer = herd(10)
    text = output_of("--queue", "--space", scorer.name, "--batch-size", "4")
    run = ReidRun.objects.get()
    assert text == f"Run {run.pk} is queued.\n"
    queue = django_rq.get_queue(run_workers.GPU)
    SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer).work(burst=True)
    run.refresh_from_db()
    assert (run.state, run.counts["detections"]) == ("completed", 13)
    ReidRun.objects.update(state="failed", cursor="")
    assert output_of("--queue", "--resume") == f"Run {run.pk} is queued.\n"
    assert queue.count == 1


def test_without_redis_queueing_says_so(settings) -> None:
    make.scorer()
    settings.RQ_QUEUES = {"gpu": {"URL": "unix:///nowhere/valkey.sock", "SERIALIZER": "json"}}
    with pytest.raises(CommandError) as error:
        output_of("--queue")
    assert str(error.value) == command.NO_QUEUE


@pytest.mark.service
def test_a_killed_backfill_is_resumed_without_loss_or_double_work(start_process) -> None:
    scorer = herd(2000)
    worker = start_process(
        "backfill_similarity_scores", "--space", scorer.name, "--batch-size", "20"
    )
    wait_until(lambda: ReidRun.objects.exclude(cursor="").exists(), 60, "the first batch")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    run = ReidRun.objects.get()
    done = run.counts["detections"]
    assert (run.state, 0 < done < 2003) == ("running", True)
    behind = SimilarityScore.objects.filter(detection__lte=run.cursor)
    assert behind.count() == SimilarityScore.objects.count() == run.counts["scores"]
    assert start_process("backfill_similarity_scores", "--resume").wait() == 0
    run.refresh_from_db()
    assert (run.state, run.counts["detections"]) == ("completed", 2003)
    assert SimilarityScore.objects.count() == run.counts["scores"] == 2003 * 3 - 3
