"""Surveys over HTTP: made, listed, estimated and deleted."""

from __future__ import annotations

__all__ = ["urls"]
