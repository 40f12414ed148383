"""Matching: similarity to a gallery, eligibility, the decision rule, enrolment."""

from __future__ import annotations

__all__ = [
    "calibration",
    "decide",
    "eligibility",
    "enrolment",
    "moved_seasons",
    "score_rules",
    "similarity",
    "stored_gallery",
]
