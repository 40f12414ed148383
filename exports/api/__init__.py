"""HTTP API of exports."""

from __future__ import annotations

__all__ = ["answers", "openapi", "urls"]
