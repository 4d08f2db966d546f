"""Django's PostgreSQL backend with two additions.

The embedded server is started on the first connection, and a server that is too old is refused with one clear sentence.
"""
