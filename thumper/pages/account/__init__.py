"""Pages of one's own account: settings, password, tokens."""

from __future__ import annotations

__all__ = ["review_keys", "views"]
