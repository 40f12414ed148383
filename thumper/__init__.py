"""The project: settings, addresses, access, pages, processes, the sample herd."""

from __future__ import annotations

__all__ = ["settings", "urls", "wsgi"]
