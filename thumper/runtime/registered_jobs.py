"""Registered jobs: the only functions that may run as a job, with payloads written as JSON.

Light on purpose: every process that can meet a job loads it, and every command is such a process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import rq.registry
import rq.serializers
from django.conf import settings
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.timeouts import TimerDeathPenalty, UnixSignalDeathPenalty
from rq.utils import import_attribute

from thumper import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from rq.timeouts import BaseDeathPenalty


class UnregisteredFunction(Exception):
    """A job names a function that is not in RQ_REGISTERED_FUNCTIONS: it was not queued by Thumper."""


class KnownExecutions(ExecutionRegistry):  # type: ignore[misc]  # rq has no types
    """Executions of a job of which something is known.

    What a worker says of an execution expires a minute before the list that names it; RQ reads neither the list nor
    deletes the job then. A worker that stood still for that minute says no more of it than that it lives.
    """

    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        found = []
        for key in self.get_execution_ids(start, end):
            try:
                found.append(Execution.fetch(key, self.job_id, self.connection))
            except (ValueError, KeyError):
                continue  # its worker was killed, or stood still, and its heartbeat has run out
        return found


class RegisteredJob(Job):  # type: ignore[misc]  # rq has no types
    """A job that runs, and calls back, registered functions and nothing else.

    Whoever can write to Redis can name any function of any installed module in a job; this is where that
    ends. Webhooks, which would let him send requests from the inside, are dropped. A name that the release
    before used (RQ_RENAMED_FUNCTIONS) stands for the new one. It carries the id of the request that queued it.
    """

    _success_callback_name: str | None
    _failure_callback_name: str | None
    _stopped_callback_name: str | None

    @classmethod
    def create(
        cls, *args: Any, meta: dict[str, Any] | None = None, **options: Any
    ) -> RegisteredJob:
        carried = {logs.IN_META: asked} if (asked := logs.request_id()) else {}
        job: RegisteredJob = super().create(*args, meta=carried | (meta or {}), **options)
        return job

    def restore(self, raw_data: dict[Any, Any]) -> None:
        super().restore(raw_data)
        self.webhooks: list[Any] = []

    @property
    def execution_registry(self) -> KnownExecutions:
        return KnownExecutions(self.id, connection=self.connection)

    @property
    def func(self) -> Callable[..., Any]:
        if self.instance is not None:
            raise UnregisteredFunction(f"method {self.func_name} of an instance")
        return import_attribute(_resolved(self.func_name))  # type: ignore[no-any-return]

    @property
    def success_callback(self) -> Any:
        self._success_callback_name = _resolved(self._success_callback_name)
        return super().success_callback

    @property
    def failure_callback(self) -> Any:
        self._failure_callback_name = _resolved(self._failure_callback_name)
        return super().failure_callback

    @property
    def stopped_callback(self) -> Any:
        self._stopped_callback_name = _resolved(self._stopped_callback_name)
        return super().stopped_callback


def distrust_redis() -> None:
    """Make ours what RQ assumes where nobody sets it: JSON for pickle, RegisteredJob for Job.

    django-rq's dashboard and its rqstats count registries so, which cleans them up: a staff member's look
    would unpickle what lies in Redis, and call back what it names, in the web process. There a thread does so.
    """
    rq.serializers.PickleSerializer = rq.serializers.JSONSerializer
    rq.registry.Job = RegisteredJob
    rq.registry.BaseRegistry.death_penalty_class = staticmethod(_penalty)


def _penalty(*arguments: Any, **options: Any) -> BaseDeathPenalty:
    """What ends a callback that takes too long: a signal, and in a thread, which none reaches, a timer."""
    is_main = threading.current_thread() is threading.main_thread()
    return (UnixSignalDeathPenalty if is_main else TimerDeathPenalty)(*arguments, **options)


def _resolved(name: str | None) -> str | None:
    """The registered name that this stands for; None for no name. Raises UnregisteredFunction."""
    if name is None:
        return None
    current = settings.RQ_RENAMED_FUNCTIONS.get(name, name)
    if current not in settings.RQ_REGISTERED_FUNCTIONS:
        raise UnregisteredFunction(f"{name} is not in RQ_REGISTERED_FUNCTIONS")
    return str(current)
