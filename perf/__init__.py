"""Benchmarks against the peers: what the harness costs beside what people do without it."""
