"""Pages of everybody's accounts, for administrators: who there is, what each may, and what happened to them."""

from __future__ import annotations

__all__ = ["urls"]
