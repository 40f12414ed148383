"""Admin pages of the store, its logs and its reviews."""

from __future__ import annotations

from reid.admin import deployments, imports, logs, names, review, store, torsos

__all__ = ["deployments", "imports", "logs", "names", "review", "store", "torsos"]
