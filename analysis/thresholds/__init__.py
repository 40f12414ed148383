"""Thresholds: proposals, acts on them, and results that a worker computes."""

from __future__ import annotations

__all__ = ["acts", "propose", "queued_answers"]
