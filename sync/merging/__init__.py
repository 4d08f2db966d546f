"""Merging typed rows into the tables that readers see; one module per way of recognising a record."""
