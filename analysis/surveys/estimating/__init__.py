"""Estimates of a survey: every estimator that its captures bear, what it takes for granted, and the document of all. Pure."""

from __future__ import annotations

__all__ = ["document", "estimates", "figures", "resights", "text"]
