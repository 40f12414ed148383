"""Audits of a threshold or a batch: plan, order, line-up, answers, certificates."""

from __future__ import annotations

__all__ = ["answers", "batches", "certificates", "document", "lineup", "order", "plans", "state"]
