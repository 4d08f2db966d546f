"""Production: unsafe settings do not start, the deployment checks are clean, and the site is served by gunicorn."""

import os
import socket
import string
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from stormwater.database.server import DATABASE, EmbeddedServer
from stormwater.production import refuse_unsafe_settings
from stormwater.settings import BASE_DIR, database_settings, env_number

GOOD_KEY = f"key-of-the-tests-{string.ascii_letters}"
SAFE: dict[str, Any] = {"debug": False, "secret_key": GOOD_KEY, "allowed_hosts": ["stormwater.example.org"]}
PRODUCTION = {
    "STORMWATER_PRODUCTION": "1",
    "SECRET_KEY": GOOD_KEY,
    "ALLOWED_HOSTS": "stormwater.example.org,localhost",
    "HTTPS": "1",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in {"DEBUG", "DATABASE_URL"}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=inherited | environment,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


class TestUnsafeSettings:
    def test_safe_ones_are_accepted(self):
        refuse_unsafe_settings(**SAFE)

    @pytest.mark.parametrize(
        "setting, value, word",
        [
            ("debug", True, "DEBUG"),
            ("secret_key", "", "SECRET_KEY"),
            ("secret_key", "k" * 60, "SECRET_KEY"),
            ("secret_key", GOOD_KEY[:49], "SECRET_KEY"),
            ("secret_key", f"django-insecure-{GOOD_KEY}", "SECRET_KEY"),
            ("allowed_hosts", [], "ALLOWED_HOSTS"),
            ("allowed_hosts", ["stormwater.example.org", "*"], "ALLOWED_HOSTS"),
        ],
    )
    def test_each_unsafe_one_is_refused_by_name(self, setting, value, word):
        with pytest.raises(ImproperlyConfigured, match=f"not safe. {word} "):
            refuse_unsafe_settings(**SAFE | {setting: value})

    def test_end_the_program_with_one_line(self):
        found = manage("check", STORMWATER_PRODUCTION="1", DEBUG="1", SECRET_KEY="x")
        assert found.returncode == 1
        assert found.stderr.count("\n") == 1
        assert found.stderr.startswith("STORMWATER_PRODUCTION is set")


def test_djangos_deployment_checks_have_nothing_to_say():
    found = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert found.returncode == 0, found.stderr
    assert "no issues" in found.stdout + found.stderr


@pytest.mark.parametrize("value", ["three", "-1", "1.5"])
def test_a_variable_that_should_be_a_number_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("EMAIL_PORT", value)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT must be a whole number"):
        env_number("EMAIL_PORT", 25)


def test_an_empty_variable_is_an_unset_one(monkeypatch):
    monkeypatch.setenv("EMAIL_PORT", " ")
    assert env_number("EMAIL_PORT", 25) == 25


class TestThePassword:
    """One that does not fit into an address is refused, and stands in no message and no traceback."""

    @pytest.mark.parametrize("mark", ["/", "#", "?", "[", "\u2100", "@a/"])
    @pytest.mark.parametrize("start", ["s3cret", "12"])  # what is left of digits passes for a port
    def test_that_ends_the_address_early_is_refused(self, tmp_path, start, mark):
        url = f"postgresql://stormwater:{start}{mark}s3cret@postgres:5432/stormwater"
        with pytest.raises(ImproperlyConfigured, match="letters, digits, - and _") as refusal:
            database_settings(url, tmp_path)
        assert "s3cret" not in "".join(traceback.format_exception(refusal.value))

    def test_ends_a_command_with_one_line(self):
        found = manage("check", DATABASE_URL="postgresql://stormwater:s3cret/s3cret@postgres:5432/stormwater")
        assert found.returncode == 1
        assert found.stderr.count("\n") == 1
        assert "s3cret" not in found.stderr

    def test_with_codes_is_read(self, tmp_path):
        found = database_settings("postgresql://stormwater:a%2Fb%40%25@postgres:5432/stormwater", tmp_path)
        assert (found["PASSWORD"], found["HOST"], found["PORT"]) == ("a/b@%", "postgres", 5432)

    def test_of_compose_is_read_as_it_stands(self, tmp_path):
        password = string.ascii_letters + string.digits + "-_"
        found = database_settings(f"postgresql://stormwater:{password}@postgres:5432/stormwater", tmp_path)
        assert found["PASSWORD"] == password


class TestThePool:
    def test_takes_the_place_of_connections_that_are_kept_per_thread(self, tmp_path):
        found = database_settings("postgresql://a:b@db.example.org/c", tmp_path, 4)
        assert found["CONN_MAX_AGE"] == 0
        assert found["OPTIONS"]["pool"]["max_size"] == 4
        assert found["OPTIONS"]["connect_timeout"] == 10

    def test_finds_a_server_that_is_back_while_a_request_still_waits_for_it(self, tmp_path):
        pool = database_settings("postgresql://a:b@db.example.org/c", tmp_path, 4)["OPTIONS"]["pool"]
        assert pool["reconnect_timeout"] < pool["timeout"]

    def test_is_off_unless_asked_for(self, tmp_path):
        for url in ("", "postgresql://a:b@db.example.org/c?sslmode=require"):
            found = database_settings(url, tmp_path)
            assert "pool" not in found["OPTIONS"]
            assert found["CONN_MAX_AGE"] == 60
        assert found["OPTIONS"]["sslmode"] == "require"


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(300)
def test_gunicorn_serves_pages_and_static_files_from_a_pool_that_stays_small(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    data = {"STORMWATER_DATA_DIR": str(tmp_path)}
    assert manage("migrate", **data).returncode == 0
    server = EmbeddedServer(tmp_path)
    site = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "stormwater.wsgi"],
        env=os.environ
        | PRODUCTION
        | data
        | {"WEB_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "2", "WEB_THREADS": "3", "LOG_FORMAT": "json"},
        cwd=BASE_DIR,
    )
    address = f"http://127.0.0.1:{port}"
    headers = {"Host": "localhost", "X-Forwarded-Proto": "https"}
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                first = requests.get(f"{address}/admin/login/", headers=headers, timeout=10)
                break
            except requests.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        assert first.status_code == 200
        assert first.headers["Strict-Transport-Security"]
        assert requests.get(f"{address}/static/admin_pages/pages.css", headers=headers, timeout=10).status_code == 200
        unsafe = requests.get(
            f"{address}/admin/login/", headers={"Host": "localhost"}, timeout=10, allow_redirects=False
        )
        assert (unsafe.status_code, unsafe.headers["Location"]) == (301, "https://localhost/admin/login/")

        def log_in(number: int) -> int:
            with requests.Session() as session:
                page = session.get(f"{address}/admin/login/", headers=headers, timeout=30)
                token = page.cookies["csrftoken"]
                form = {"username": f"nobody{number}", "password": "x", "csrfmiddlewaretoken": token}
                more = {"Referer": "https://localhost/admin/login/", "Cookie": f"csrftoken={token}"}
                return session.post(
                    f"{address}/admin/login/", data=form, headers=headers | more, timeout=30
                ).status_code

        with ThreadPoolExecutor(12) as visitors:
            assert set(visitors.map(log_in, range(12))) == {200}  # each asks the database for the user
        found = server.ensure_running()
        with psycopg.connect(host=found.host, port=found.port, user=found.user, dbname=DATABASE) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stormwater'"
            ).fetchone()
        assert row is not None
        assert 1 <= row[0] <= 2 * 3
    finally:
        site.terminate()
        assert site.wait(60) == 0
        server.stop()
