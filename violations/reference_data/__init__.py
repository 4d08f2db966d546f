"""What samples are judged by, as readable tables, for the migration that loads them.

A number that turns out to be wrong is put right here and by a new migration; it is never edited in
the database. `is_confirmed` says whether the text itself was read: what is not confirmed rests on
a practitioner's guide with partial cross-checks, or on practice.
"""
