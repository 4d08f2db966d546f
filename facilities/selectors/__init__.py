"""Reads about facilities and their matching: plain rows or querysets."""
