"""HTTP API of the store and of reviews."""

from __future__ import annotations

__all__ = [
    "filters",
    "people",
    "problems",
    "query",
    "review_pages",
    "review_requests",
    "serializers",
    "store",
    "urls",
]
