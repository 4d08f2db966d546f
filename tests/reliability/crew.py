"""A real worker on a real Redis, and what it takes to kill either and see that all ends well."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import redis
from celery import Celery

from stormwater.background.redis_server import RedisServer
from stormwater.settings import BASE_DIR, CELERY_BROKER_TRANSPORT_OPTIONS
from tests.installation import Installation

PATIENCE = 120
DATASETS = (
    *("smarts_industrial_facilities", "smarts_construction_facilities", "smarts_inspections", "smarts_violations"),
    *("smarts_enforcement_actions", "smarts_industrial_monitoring", "smarts_construction_monitoring", "esmr"),
)


class Crew:
    """One worker of both queues at a time, and a sender in the place of beat."""

    def __init__(self, installation: Installation, server: RedisServer, **environment: str) -> None:
        self.installation = installation
        self.server = server
        self._environment = environment
        self._worker: subprocess.Popen[bytes] | None = None
        self._sent_after = 0  # the ledger's latest entry then
        # Lines of the workers' logs, which a failing test shows.
        self.log = installation.data / "worker.log"

    def start_worker(self) -> None:
        """Start a worker; it is at work some seconds later."""
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"STORMWATER_DATA_DIR": str(self.installation.data), "REDIS_URL": self.server.url}
        command = [sys.executable, "-m", "celery", "-A", "stormwater", "worker", "--queues", "sync,default"]
        with self.log.open("ab") as log:
            self._worker = subprocess.Popen(
                [*command, "--concurrency", "1", "--without-gossip", "--without-mingle"],
                env=environment | self._environment,
                cwd=BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_worker(self) -> None:
        """Kill the worker and the process that does its tasks, as the system does when memory runs out."""
        if self._worker:
            os.killpg(self._worker.pid, signal.SIGKILL)
            self._worker.wait()
            self._worker = None

    def doctor(self, *checks: str) -> str:
        """What the doctor says of these checks."""
        found = subprocess.run(
            [sys.executable, "manage.py", "doctor", *checks],
            env=os.environ | {"STORMWATER_DATA_DIR": str(self.installation.data), "REDIS_URL": self.server.url},
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        return found.stdout

    def send(self, *datasets: str) -> None:
        """Send what beat sends."""
        self._sent_after = self.last_run()
        sender = Celery("sender", broker=self.server.url, set_as_current=False)
        sender.conf.broker_transport_options = CELERY_BROKER_TRANSPORT_OPTIONS
        for dataset in datasets or DATASETS:
            sender.send_task("sync.tasks.sync_dataset", args=[dataset], queue="sync")
        sender.close()

    def deliver_again(self) -> int:
        """Give back every message whose worker was killed, as Redis does after the visibility timeout."""
        with redis.Redis.from_url(self.server.url) as client:
            lost = [json.loads(value)[0] for value in client.hvals("stormwater:unacked")]
            client.delete("stormwater:unacked", "stormwater:unacked_index")
            for message in lost:
                message["properties"]["delivery_info"]["redelivered"] = True
                client.lpush("stormwater:sync", json.dumps(message))
        return len(lost)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait, with patience, and show the workers' log if it never comes true."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(self.log.read_text()[-4000:])
            time.sleep(0.1)

    def wait_for_a_run(self) -> None:
        """Wait until a run is at work, or has come and gone since the messages were sent, as those do with no news."""
        with self.installation.connect() as connection:
            query = "SELECT count(*) FROM sync_run WHERE status = 'running' OR id > %s"
            self.wait_until(lambda: connection.execute(query, [self._sent_after]).fetchone() != (0,))

    def last_run(self) -> int:
        """Number of the ledger's latest entry."""
        with self.installation.connect() as connection:
            row = connection.execute("SELECT coalesce(max(id), 0) FROM sync_run").fetchone()
        assert row
        return row[0]

    def wait_for_all(self, after: int, *datasets: str) -> None:
        """Wait until every resource has a run after that one which found or made it up to date, and nothing waits."""
        query = """
            SELECT count(*) FROM sync_resource r WHERE r.dataset_id = ANY(%s) AND NOT EXISTS (
                SELECT FROM sync_run u
                WHERE u.resource_id = r.id AND u.id > %s AND u.status IN ('published', 'unchanged')
            )
        """
        wanted = list(datasets or DATASETS)
        with self.installation.connect() as connection, redis.Redis.from_url(self.server.url) as client:
            self.wait_until(lambda: connection.execute(query, [wanted, after]).fetchone() == (0,))
            # What was sent before is still waiting, or at work.
            self.wait_until(lambda: not client.llen("stormwater:sync"))
            running = "SELECT count(*) FROM sync_run WHERE status = 'running'"
            self.wait_until(lambda: connection.execute(running).fetchone() == (0,))
