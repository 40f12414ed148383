"""Recommendation: evidence, two gates, one verdict."""

from __future__ import annotations

__all__ = ["assess", "document", "evidence", "fdp_gate", "types"]
