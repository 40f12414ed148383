"""Audits of surveys: captures drawn at random and judged blind, and how often a survey's names are wrong by them."""

from __future__ import annotations

from analysis.surveys.audit.reading import findings_of

__all__ = [
    "answering",
    "disagreements",
    "document",
    "error_rates",
    "findings_of",
    "lineup",
    "opening",
    "reading",
]
