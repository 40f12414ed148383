"""Signals of the store to the apps above, which it does not know. Light: every process imports it."""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

run_done: Final = Signal()
"""Sent with `run` by whoever did a run's last step, however it ended. A hint, not a promise: a process may die before it sends it."""
