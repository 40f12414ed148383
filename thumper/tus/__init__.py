"""Resumable uploads over HTTP: tus 1.0.0 with creation, termination, checksum and expiration."""

from __future__ import annotations

__all__ = ["urls"]
