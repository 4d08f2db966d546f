"""How gunicorn serves the site: `gunicorn stormwater.wsgi` in this folder reads it by itself."""

import multiprocessing
import os

# A proxy in front ends TLS; in a container that is another host.
bind = os.environ.get("WEB_BIND") or "127.0.0.1:8000"

worker_class = "gthread"
# Requests wait for the database most of the time, so threads are what a process needs; processes use the cores.
threads = int(os.environ.get("WEB_THREADS") or 4)
# Each thread holds at most one connection at a time, so a pool of as many never makes one wait.
pool_size = int(os.environ.get("DATABASE_POOL_SIZE") or threads)
raw_env = [f"DATABASE_POOL_SIZE={pool_size}"]
# PostgreSQL takes 100 connections unless it is told otherwise, and keeps 3 of them for superusers. The site may hold
# 64, which leaves 33. A sync holds three at once, so three worker processes (one for syncs, two for the rest) hold nine
# at most; 24 are for commands, backups, people and workers on other hosts.
most_connections = 64
# Two per core keeps both busy when some wait; more only take memory. With four threads each, 16 processes hold the 64.
workers = int(
    os.environ.get("WEB_CONCURRENCY")
    or max(1, min(2 * multiprocessing.cpu_count(), most_connections // (pool_size or threads)))
)
# Not loaded before forking: a pool's threads and connections do not survive it.
preload_app = False

# A worker without a sign of life is replaced. Threads stream long exports while the worker still gives signs, so this
# is for one that hangs.
timeout = 60
# A restart lets requests come to their end for so long.
graceful_timeout = 30
# Longer than proxies keep an idle connection (a minute is usual), so that it is they who close it.
keepalive = 75
# What a library leaks does not add up: a worker is replaced after so many requests, not all at the same moment.
max_requests = 10_000
max_requests_jitter = 1_000
# Signs of life go through a file; in memory, a busy disk cannot delay them.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - a folder of the system

# Whose X-Forwarded-Proto is believed. Only the proxy can reach the port, or it must be named here.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1"

# The application logs what matters, in its own format; the proxy has the access log.
accesslog = None
errorlog = "-"
