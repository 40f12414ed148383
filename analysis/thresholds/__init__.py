"""Thresholds: proposed, answered for by a worker, acted on."""

from __future__ import annotations

__all__ = ["acts", "propose", "queued_answers"]
