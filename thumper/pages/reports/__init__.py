"""Pages of reports and archives: asked for, looked at, sent again and again, and shown to people without an account."""

from __future__ import annotations

__all__ = ["exports", "urls"]
