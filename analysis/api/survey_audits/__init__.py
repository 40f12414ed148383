"""Audits of surveys over HTTP: opened, judged blind, taken back, closed."""

from __future__ import annotations

__all__ = ["urls"]
