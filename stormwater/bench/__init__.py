"""Measuring the main paths: a small harness, and one module `bench.py` per app that uses it."""
