"""Benchmarks of what people and workers wait for: pages, answers, imports and exports, memory."""
