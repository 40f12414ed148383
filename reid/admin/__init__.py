"""Admin pages of the store, its logs and its reviews."""

from __future__ import annotations

from reid.admin import cameras, deployments, imports, logs, names, review, store, torsos

__all__ = ["cameras", "deployments", "imports", "logs", "names", "review", "store", "torsos"]
