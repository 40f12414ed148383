"""Admin pages of the store, its logs and its reviews."""

from __future__ import annotations

from reid.admin import imports, logs, names, review, store

__all__ = ["imports", "logs", "names", "review", "store"]
