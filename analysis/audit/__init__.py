"""Audits of a threshold: plan, order, line-up, answers."""

from __future__ import annotations

__all__ = ["answers", "document", "lineup", "order", "plans", "state"]
