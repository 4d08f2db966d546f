"""The unified list and all that is summed up of it, kept in line with the records.

What changed is noted by triggers (`StaleRecord`); a refresh takes the notes, works out what the list, the
sums and the pairs of the facilities concerned should say, and writes what differs. All of a refresh is one
transaction (`violations.refreshing.refresh`).
"""
