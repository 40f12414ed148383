"""Pages of one's own account: settings, password, tokens."""

from __future__ import annotations

__all__ = ["views"]
