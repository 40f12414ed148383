"""Benchmarks of pictures: detection, embeddings, torsos, patterns, and the search among known animals."""
