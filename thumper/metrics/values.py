"""Values of all metrics, as they are at the moment of a scrape.

No process keeps any: web servers and workers come and go, and each would know of its own work alone. What is stored
anyway is counted in the database and in Redis; exports and refusals are counted in Redis as they happen
(`exports.counters`). A part that is away has its `thumper_ready` at 0, and its metrics are missing.
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING, Final

import redis
from django.conf import settings
from django.db import Error
from django.db.models import BigIntegerField, Count, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)

from exports import counters
from exports.models import ExportRequest
from exports.requests.specs import ExportKind
from reid.db import shared_clock
from reid.intake.watched import standing
from reid.models import Camera, Deer, Detection, Image, ReidRun
from reid.storage.photo_store import photo_store
from thumper import health
from thumper.runtime import queues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger(__name__)

RULES: Final = ("VR-001", "VR-002", "VR-003", "VR-004", "VR-005")
"""Rules of export requests: each has its counter from the beginning, so that its first refusal is seen as one."""
WORK: Final = {
    "thumper_embeddings": ("embedded", "Detections that runs embedded."),
    "thumper_scores": ("scores", "Scores of a detection and a deer that runs wrote."),
}
"""Counters of what runs did: the metric's name, where a run's row has it, and its help."""


def registry() -> CollectorRegistry:
    """A registry that asks for every value when it is read."""
    found = CollectorRegistry(auto_describe=False)
    found.register(_Everything())
    return found


class _Everything:
    """Collector of all metrics."""

    def collect(self) -> Iterator[Metric]:
        build = InfoMetricFamily("thumper_build", "The version that runs.")
        build.add_metric([], {"version": str(settings.SPECTACULAR_SETTINGS["VERSION"])})
        yield build
        for part in (_ready, _disks, _queues, _export_counters, _exports, _runs, _watched, _store):
            yield from _as_far_as_it_answers(part)


def _as_far_as_it_answers(part: Callable[[], Iterator[Metric]]) -> Iterator[Metric]:
    """A part's metrics; none where what they are read from is away, which `thumper_ready` says."""
    try:
        yield from list(part())
    except (Error, redis.RedisError) as error:
        logger.warning("metrics without %s: %s", part.__name__.strip("_"), error)


def _ready() -> Iterator[Metric]:
    ready = GaugeMetricFamily(
        "thumper_ready",
        "Whether a part that users need is there, as /readyz says.",
        labels=["part"],
    )
    for part, state in health.look()[0].items():
        ready.add_metric([part], float(state == health.OK))
    yield ready


def _disks() -> Iterator[Metric]:
    free = GaugeMetricFamily(
        "thumper_disk_free_bytes", "Free bytes of the disk of a folder.", labels=["folder"]
    )
    size = GaugeMetricFamily(
        "thumper_disk_size_bytes", "Bytes of the disk of a folder.", labels=["folder"]
    )
    folders = {
        "exports": settings.EXPORT_ROOT,
        "models": settings.MODEL_ROOT,
        "uploads": settings.UPLOAD_ROOT,
    }
    if photo_store.folder is not None:  # a bucket has no end that is known
        folders["photographs"] = photo_store.folder
    for name, folder in folders.items():
        try:
            usage = shutil.disk_usage(folder)
        except OSError as error:
            logger.warning("metrics without the disk of %s: %s", name, error)
            continue
        free.add_metric([name], usage.free)
        size.add_metric([name], usage.total)
    yield from (free, size)


def _queues() -> Iterator[Metric]:
    jobs = GaugeMetricFamily(
        "thumper_queue_jobs",
        "Jobs of a queue that wait, run or have failed.",
        labels=["queue", "state"],
    )
    oldest = GaugeMetricFamily(
        "thumper_queue_oldest_job_seconds",
        "How long the oldest job of a queue has waited; 0 where none waits.",
        labels=["queue"],
    )
    workers = GaugeMetricFamily(
        "thumper_workers", "Workers that listen on a queue.", labels=["queue"]
    )
    for state in queues.read():
        jobs.add_metric([state.name, "waiting"], state.waiting)
        jobs.add_metric([state.name, "running"], state.running)
        jobs.add_metric([state.name, "failed"], state.failures)
        oldest.add_metric([state.name], state.oldest_seconds)
        workers.add_metric([state.name], state.workers)
    yield from (jobs, oldest, workers)


def _export_counters() -> Iterator[Metric]:
    with queues.client() as client:
        counted = counters.read(client)
    ended = CounterMetricFamily(
        "thumper_exports_ended",
        "Exports that ended, by kind, and by outcome: completed, or the error code.",
        labels=["kind", "outcome"],
    )
    kinds = [kind.value for kind in ExportKind]
    completed = {(kind, "completed"): 0 for kind in kinds}
    for labels, number in (completed | counted.ended).items():
        ended.add_metric(list(labels), number)
    seconds = HistogramMetricFamily(
        "thumper_export_duration_seconds",
        "How long completed exports took, from their start in a worker to their end.",
        labels=["kind"],
    )
    for kind in kinds:
        durations = counted.durations[kind]
        total, buckets = 0, []
        for bound in (*map(str, counters.BOUNDS), counters.BEYOND):
            total += durations.within.get(bound, 0)
            buckets.append(("+Inf" if bound == counters.BEYOND else f"{bound}.0", float(total)))
        seconds.add_metric([kind], buckets, durations.seconds)
    refused = CounterMetricFamily(
        "thumper_export_requests_refused",
        "Times that a rule refused a request for an export over the API.",
        labels=["rule"],
    )
    for rule, number in (dict.fromkeys(RULES, 0) | counted.refused).items():
        refused.add_metric([rule], number)
    yield from (ended, seconds, refused)


def _exports() -> Iterator[Metric]:
    exports = GaugeMetricFamily(
        "thumper_exports",
        "Exports that are remembered (EXPORT_REBUILD_TTL), by kind and state.",
        labels=["kind", "state"],
    )
    rows = ExportRequest.objects.order_by().values_list("kind", "state").annotate(Count("pk"))
    found = {(kind, state): number for kind, state, number in rows}
    for kind in ExportKind:
        for state in ExportRequest.State:
            number = found.get((kind.value, state.value), 0)
            exports.add_metric([kind.value, state.value], number)
    yield exports


def _watched() -> Iterator[Metric]:
    well = GaugeMetricFamily(
        "thumper_watched_folder_well",
        "Whether a watched folder can be read and was looked at of late.",
        labels=["folder"],
    )
    waiting = GaugeMetricFamily(
        "thumper_watched_folder_waiting_files",
        "Files of a watched folder that have not come in yet.",
        labels=["folder"],
    )
    for folder in standing.standings():
        well.add_metric([folder.path], float(folder.is_well))
        waiting.add_metric([folder.path], folder.waiting)
    yield from (well, waiting)


def _runs() -> Iterator[Metric]:
    runs = GaugeMetricFamily("thumper_runs", "Runs by kind and state.", labels=["kind", "state"])
    rows = ReidRun.objects.order_by().values_list("kind", "state").annotate(Count("pk"))
    found = {(kind, state): number for kind, state, number in rows}
    for kind in ReidRun.Kind:
        for state in ReidRun.State:
            runs.add_metric([kind.value, state.value], found.get((kind.value, state.value), 0))
    yield runs
    silent = GaugeMetricFamily(
        "thumper_run_silence_seconds",
        "How long the unfinished run that has been silent for longest gave no sign of life; 0 where none is unfinished.",
    )
    unfinished = ReidRun.objects.exclude(state__in=ReidRun.TERMINAL)
    beats = unfinished.exclude(heartbeat_at=None).order_by("heartbeat_at")
    last = beats.values_list("heartbeat_at", flat=True).first()
    silent.add_metric([], (shared_clock.now() - last).total_seconds() if last else 0.0)
    yield silent
    for name, (field, text) in WORK.items():
        counted = ReidRun.objects.filter(**{f"counts__{field}__isnull": False})
        number = counted.aggregate(
            number=Sum(Cast(KT(f"counts__{field}"), output_field=BigIntegerField()))
        )
        yield CounterMetricFamily(name, text, value=number["number"] or 0)


def _store() -> Iterator[Metric]:
    rows = GaugeMetricFamily("thumper_rows", "Rows of the store, by what they are.", labels=["of"])
    for name, model in {
        "cameras": Camera,
        "deer": Deer,
        "detections": Detection,
        "photographs": Image,
    }.items():
        rows.add_metric([name], model._default_manager.count())
    yield rows
    size = Image.objects.order_by().aggregate(size=Sum("size"))["size"]
    yield GaugeMetricFamily(
        "thumper_photographs_bytes", "Bytes of all photographs, as they came.", value=size or 0
    )
