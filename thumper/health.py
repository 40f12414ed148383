"""Health endpoints: `/healthz`, the process lives; `/readyz`, every part that a user needs is there, by name.

What watching has found and clocks that disagree stand there too, and make nothing unready: neither is an outage. It
answers within 3 s, whatever is away.
"""

from __future__ import annotations

import ipaddress
import logging
import shutil
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.http.request import split_domain_port
from rq import Worker

from analysis.monitoring import schedule
from exports.lifecycle import storage
from reid.db import outage, shared_clock
from reid.db.quick_redis import quick_client
from reid.models import EmbeddingSpace
from reid.storage.photo_store import photo_store
from thumper.models import ApiToken
from thumper.runtime import beats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest

logger = logging.getLogger(__name__)
MIN_FREE_BYTES = 200 * 1024 * 1024
OK = "ok"
DOES_NOT_ANSWER = "does not answer"
CANNOT_BE_REACHED = "cannot be reached: the log says what to do"
UNKNOWN: dict[str, Any] = {"state": "unknown", "alerts": []}
NEEDED_QUEUES = ("exports", "gpu")
NO_WORKER = "no worker listens on the queue {queue}"
WITHOUT_DATABASE = (
    "its worker cannot reach the database: look at DATABASE_URL and the network of its host"
)
CLOCKS_DISAGREE = "set the clocks by NTP: {differences}"


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 with every part "ok", else 503. What is missing is named to whoever is known here, and is in the log."""
    states, clocks = look()
    is_ready = all(state == OK for state in states.values())
    # Not asked a second time: a host that is gone is waited for until the connection's timeout.
    is_away = states["database"] == DOES_NOT_ANSWER
    if not _may_see_parts(request, is_away=is_away):
        return JsonResponse({"ready": is_ready}, status=200 if is_ready else 503)
    watched = UNKNOWN if is_away else _watching()
    network = UNKNOWN["state"] if is_away else _network()
    body = {
        "ready": is_ready,
        **states,
        "clocks": clocks,
        "watching": watched,
        "network": network,
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def _may_see_parts(request: HttpRequest, *, is_away: bool) -> bool:
    """Whether this is somebody signed in, or a token of any scope. Without a database nobody is known; the embedded mode
    lets nobody in but this machine."""
    if settings.EMBEDDED:
        return True
    if is_away:
        return False
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return ApiToken.for_key(key.strip()) is not None
    user = getattr(request, "user", None)  # a probe by address comes before anybody is looked up
    return user is not None and user.is_authenticated


def look() -> tuple[dict[str, str], str]:
    """What a user needs, by name, each "ok" or what is wrong; and whether the clocks agree: "ok", whose is how far off, or
    "unknown" without Redis. All workers are asked for once.
    """
    workers, clocks = _redis_and_workers()
    return {
        "database": _database(),
        "disk": _disk(),
        "photographs": _photographs(),
        **workers,
    }, clocks


PROBES = {"/healthz": healthz, "/readyz": readyz}


class ProbeMiddleware:
    """In production: answer a probe that names the server by its IP address.

    ALLOWED_HOSTS lists the names that people use; a container engine or a load balancer knows the address
    alone. Answered before anything checks the host; no other request and no host name gets past that check,
    and the embedded mode keeps its own list.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path_info)
        is_read = request.method in ("GET", "HEAD")
        if view and is_read and not settings.EMBEDDED and _names_an_address(request):
            return view(request)
        return self.get_response(request)


def _names_an_address(request: HttpRequest) -> bool:
    host = request.META.get("HTTP_HOST") or request.META["SERVER_NAME"]
    domain, _ = split_domain_port(host)
    try:
        ipaddress.ip_address(domain.strip("[]"))
    except ValueError:
        return False
    return True


def _database() -> str:
    # By a connection of its own: those of the pool may be to a host that is gone, which takes longer to find out.
    if not outage.is_answered():
        logger.error("readiness: no connection to the database can be made")
        return DOES_NOT_ANSWER
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        logger.exception("readiness: the database does not answer")
        return DOES_NOT_ANSWER
    return f"{len(pending)} migrations to apply: run manage.py migrate" if pending else OK


def _watching() -> dict[str, Any]:
    try:
        return schedule.summary()
    except Error:
        logger.exception("readiness: the history of performance cannot be read")
        return UNKNOWN


def _network() -> str:
    """What runs the active space's network, in rates alone: other reasons may name files.

    Nothing that makes unready.
    """
    try:
        space = EmbeddingSpace.objects.active()
    except Error:
        logger.exception("readiness: the embedding spaces cannot be read")
        return DOES_NOT_ANSWER
    if space is None:
        return "no embedding space yet"
    was_measured = not space.runtime or space.runtime.get("onnxruntime_rate")
    return space.run_by if was_measured else f"run by {space.runtime['runtime']}"


def _disk() -> str:
    if says := storage.says():
        logger.error("readiness: %s", says)
        return f"exports {CANNOT_BE_REACHED}"
    try:
        free = shutil.disk_usage(settings.EXPORT_ROOT).free
    except OSError:
        logger.exception("readiness: the folder of exports cannot be reached")
        return f"exports {CANNOT_BE_REACHED}"
    return OK if free >= MIN_FREE_BYTES else f"only {free // 1024**2} MiB free for exports"


def _photographs() -> str:
    """The sentence that says what to do is for the log: this one is open to everybody."""
    says = photo_store.says()
    if says:
        logger.error("readiness: %s", says)
    return CANNOT_BE_REACHED if says else OK


def _redis_and_workers() -> tuple[dict[str, str], str]:
    names = {queue: f"worker_{queue}" for queue in NEEDED_QUEUES}
    try:
        with quick_client() as client:
            workers = Worker.all(client)
            said = beats.read(client, [worker.name for worker in workers])
            own = shared_clock.ahead(client).total_seconds()
    except redis.RedisError:
        logger.exception("readiness: Redis does not answer")
        states = {"redis": DOES_NOT_ANSWER, **dict.fromkeys(names.values(), "unknown")}
        return states, str(UNKNOWN["state"])
    states = {"redis": OK}
    for queue, name in names.items():
        listening = [worker.name for worker in workers if queue in worker.queue_names()]
        states[name] = _of_workers(queue, [said.get(worker) for worker in listening])
    return states, _of_clocks(own, said.values())


def _of_clocks(own: float, said: Iterable[beats.Beat]) -> str:
    """Whether this process and all workers have the time of Redis; else whose clock is how far from it."""
    behind = {beat.host: beat.behind for beat in said} | {"this web server": own}
    differences = [
        f"{host} is {abs(seconds):,.0f} s {'behind' if seconds > 0 else 'ahead of'} Redis"
        for host, seconds in sorted(behind.items())
        if seconds
    ]
    return CLOCKS_DISAGREE.format(differences="; ".join(differences)) if differences else OK


def _of_workers(queue: str, said: list[beats.Beat | None]) -> str:
    """One that has just started has said nothing yet, and is believed."""
    if not said:
        return NO_WORKER.format(queue=queue)
    reach = any(beat is None or beat.reaches_database for beat in said)
    return OK if reach else WITHOUT_DATABASE
