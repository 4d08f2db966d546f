"""The sync of the eight published datasets: fetch, stage, validate, guard, merge, publish."""
