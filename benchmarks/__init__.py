"""Benchmarks: what can be measured, as ratios against an alternative or a limit measured in the same run."""

from __future__ import annotations
