"""A process of the site with replicas, told what to do line by line: visits pages, and says who answered the reads.

{"do": "login"}                    log in
{"do": "get", "path": "/admin/"}   -> {"status": 200, "replica": 3, "primary": 5}: queries of each
{"do": "post", ...}                the same with a form
"""

import json
import os
import sys
from collections import Counter
from contextlib import ExitStack

import django
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client


def visit(client: Client, order: dict) -> dict:
    """Do as told, counting the queries of each server."""
    counted: Counter[str] = Counter()

    def counter(name):
        def count(execute, sql, params, many, context):
            # Reads of the page alone: not the look at where the log is, nor what a new connection is told.
            counted[name] += 'FROM "' in sql
            return execute(sql, params, many, context)

        return count

    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(counter(alias)))
        if order["do"] == "login":
            client.force_login(get_user_model().objects.get(username="visitor"))
            return {}
        response = getattr(client, order["do"])(order["path"], order.get("form", {}))
        body = b"".join(response) if response.streaming else response.content
    names = {"default": "primary", "replica_1": "replica"}
    queries = {names[alias]: counted[alias] for alias in connections}
    return {"status": response.status_code, "body": body.decode(errors="replace"), **queries}


def say(answer: dict) -> None:
    """Answer in a line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stormwater.settings")
    django.setup()
    client = Client(SERVER_NAME="localhost")
    say({"ready": True})
    for line in sys.stdin:
        say(visit(client, json.loads(line)))


main()
