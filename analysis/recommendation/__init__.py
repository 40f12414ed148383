"""Recommendation: evidence, two gates, one verdict."""

from __future__ import annotations

__all__ = ["assess", "document", "fdp_gate", "types"]
