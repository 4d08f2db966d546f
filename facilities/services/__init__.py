"""Writes about facilities: who belongs to which, what the matcher proposes, and what persons decide."""
