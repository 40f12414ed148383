"""Spatial capture-recapture: state space, likelihood, and the fit of a density."""

from __future__ import annotations

__all__ = ["fit", "ranges", "state_space"]
