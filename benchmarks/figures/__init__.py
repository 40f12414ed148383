"""Benchmarks of numbers: scores, thresholds, surveys, and how often intervals are right."""
