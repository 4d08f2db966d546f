"""Reads of the violations app, by what they are about."""
