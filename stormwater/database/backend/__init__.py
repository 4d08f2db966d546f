"""Django's PostgreSQL backend with three additions.

The embedded server is started on the first connection, and a server that is too old is refused with one clear sentence.
A connection that was kept is looked at, not asked, before it is used again.
"""
