"""Pages for a browser, in one frame; one table says who may open which."""

from __future__ import annotations

__all__ = [
    "compression",
    "foreign_templates",
    "frame",
    "permissions",
    "stillness",
    "text_filters",
    "urls",
]
