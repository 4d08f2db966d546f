"""The demo: one command from nothing to an admin with data in it, and nothing left behind by Ctrl-C."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests
from django.contrib.auth import get_user_model
from django.core.management import call_command

from stormwater.errors import UserError
from sync.contracts import CONTRACTS
from sync.management.commands.demo import SIGHTS
from sync.models import Resource, Run
from sync.progress import Silence
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.published_files import csv_bytes, file_name

MANAGE = Path(__file__).parents[2] / "manage.py"
TRUTH = r"True pairs: (\d+). Linked by the machine: (\d+). In the review queue: (\d+). Not found: (\d+)."
PATIENCE = 90  # seconds for a first start on a busy machine


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def environment(data_dir):
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return inherited | {"STORMWATER_DATA_DIR": str(data_dir)}


def run_demo(data_dir, *arguments, **more):
    return subprocess.run(
        [sys.executable, str(MANAGE), "demo", *arguments],
        env=environment(data_dir) | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


class Demo:
    """A running demo, in a process group of its own as a shell would start it."""

    def __init__(self, data_dir, port):
        # Where the tests run under nohup, the demo would rightly live through a closed terminal.
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        self.process = subprocess.Popen(
            [sys.executable, str(MANAGE), "demo", "--port", str(port)],
            env=environment(data_dir),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        signal.signal(signal.SIGHUP, before)
        self.site = f"http://127.0.0.1:{port}"
        self.output = ""

    def wait_for(self, words):
        while words not in self.output:
            line = self.process.stdout.readline()
            assert line, f"It ended with:\n{self.output}"
            self.output += line
        return self.output

    def stop(self, number):
        os.killpg(self.process.pid, number)
        self.output += self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(timeout=PATIENCE)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()


class Starter:
    """Starts demos that share a data folder."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.demos = []

    def __call__(self):
        self.demos.append(Demo(self.data_dir, free_port()))
        return self.demos[-1]


@pytest.fixture
def start(tmp_path):
    data_dir = tmp_path / "demo"
    starter = Starter(data_dir)
    yield starter
    for demo in starter.demos:
        demo.kill()
    subprocess.run(
        [sys.executable, str(MANAGE), "database", "stop"], env=environment(data_dir), capture_output=True, check=True
    )


def processes_with(data_dir):
    """Whatever runs in the folder, names it, or was started for it."""
    found = []
    for process in psutil.process_iter():
        try:
            traces = [process.cwd(), *process.cmdline(), process.environ().get("STORMWATER_DATA_DIR", "")]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if process.pid != os.getpid() and any(str(data_dir) in trace for trace in traces):
            found.append(process)
    return found


def login(site, password):
    client = requests.Session()
    page = client.get(f"{site}/admin/login/", timeout=30)
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text))
    form = {"username": "demo", "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = client.post(f"{site}/admin/login/", data=form, timeout=30)
    assert answer.status_code == 200
    assert answer.url == f"{site}/admin/"
    return client


def manifest_of(data_dir):
    return json.loads((data_dir / "demo-world" / "manifest.json").read_text())


def password_in(output):
    (password,) = re.findall(r"Login: demo, password: (\S+)", output)
    return password


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_it_serves_the_loaded_data_and_leaves_nothing_running_when_stopped(start, number):
    demo = start()
    output = demo.wait_for("Ctrl-C stops it.")
    assert "12 published; 64,782 rows read." in output
    assert "Equal to the world's manifest in all 39 numbers; 1,266 exceedances." in output
    assert f"Stormwater Watch: {demo.site}/admin/" in output
    (true, linked, queued, missed) = map(int, re.search(TRUTH, output).groups())
    assert linked + queued + missed == true == manifest_of(start.data_dir)["pairs"]["true"]
    assert "Wrong links of the machine: 0." in output
    assert "Planted duplicates: 8, all proposed. Planted links of enforcement actions: 8, all inferred." in output
    with login(demo.site, password_in(output)) as client:
        index = client.get(f"{demo.site}/admin/", timeout=30)
        assert index.status_code == 200
        (style,) = re.findall(r'href="(/static/admin/css/base[^"]*\.css)"', index.text)
        assert client.get(demo.site + style, timeout=30).headers["Content-Type"].startswith("text/css")
        queue = client.get(f"{demo.site}/admin/facilities/matchcandidate/review/", timeout=30)
        (shown,), (told,) = (
            re.findall(r"<b>(\d+) pairs?</b>", queue.text),
            re.findall(r"Review queue: (\d+) pairs", output),
        )
        assert int(shown) == int(told) > 0
        pages = re.findall(rf"{demo.site}(/admin/\S+/)  ", output)
        assert len(pages) == len(SIGHTS) + 1
        for page in pages:
            assert client.get(demo.site + page, timeout=30).status_code == 200, page
    assert len(processes_with(start.data_dir)) > 1, "the search for what is left must be able to find something"
    assert demo.stop(number) == 0
    assert demo.output.endswith("Stopped. The data stay for the next start.\n")
    assert "Traceback" not in demo.output
    assert processes_with(start.data_dir) == []


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(300)
def test_a_second_start_reuses_data_and_password(start):
    outputs = []
    for _ in range(2):
        demo = start()
        outputs.append(demo.wait_for("Ctrl-C stops it."))
        login(demo.site, password_in(demo.output)).close()
        assert demo.stop(signal.SIGINT) == 0
    assert password_in(outputs[0]) == password_in(outputs[1])
    assert "12 unchanged; 0 rows read." in outputs[1]
    assert "Equal to the world's manifest in all 39 numbers; 1,266 exceedances." in outputs[1]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(300)
@pytest.mark.parametrize("words", ["Preparing the database", "Loading a synthetic world"])
def test_ctrl_c_before_it_serves_leaves_nothing_running_either(start, words):
    demo = start()
    demo.wait_for(words)
    time.sleep(0.3)
    assert demo.stop(signal.SIGINT) in {0, 130}
    assert "Traceback" not in demo.output
    assert processes_with(start.data_dir) == []


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(300)
def test_a_server_that_ran_before_is_left_running(start):
    manage = [sys.executable, str(MANAGE), "database"]
    subprocess.run([*manage, "start"], env=environment(start.data_dir), capture_output=True, check=True)
    done = run_demo(start.data_dir, "--no-serve")
    assert (done.returncode, done.stderr) == (0, "")
    status = subprocess.run([*manage, "status"], env=environment(start.data_dir), capture_output=True, check=False)
    assert status.returncode == 0


def test_a_taken_port_is_one_line_before_anything_is_done(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_demo(tmp_path / "demo", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"Port {port} cannot be used \(.+\)\. Try: .+\n", done.stderr)
    assert not (tmp_path / "demo" / "postgres").exists()


def test_a_data_folder_can_be_named_on_the_command_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ("--data-dir", str(tmp_path / "named"), "--port", str(taken.getsockname()[1]))
        assert run_demo(tmp_path / "unused", *arguments).returncode == 1
    assert (tmp_path / "named" / "secret_key").exists()


def test_a_server_of_ones_own_is_not_written_to_without_being_told(tmp_path):
    done = run_demo(tmp_path, "--no-serve", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("DATABASE_URL is set")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def demo_here(transactional_db, settings, capsys):
    """Run the command on the test database, without a server."""
    settings.DATABASE_URL = ""

    def run():
        call_command("demo", "--no-serve")
        return capsys.readouterr().out

    return run


def test_the_password_is_random_kept_for_its_owner_alone_and_printed(demo_here, settings):
    printed = password_in(demo_here())
    file = settings.DATA_DIR / "demo_password"
    assert file.read_text() == f"{printed}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    user = get_user_model().objects.get(username="demo")
    assert user.check_password(printed)
    assert user.is_superuser
    file.unlink()
    assert password_in(demo_here()) != printed


def test_a_login_of_that_name_on_a_server_of_ones_own_is_not_taken_over(demo_here, settings):
    settings.DATABASE_URL = "postgresql://somewhere/else"
    theirs = get_user_model().objects.create_user("demo", password="theirs")
    with pytest.raises(UserError, match="has a user 'demo' already"):
        call_command("demo", "--no-serve", "--yes")
    theirs.refresh_from_db()
    assert theirs.check_password("theirs")


def test_samples_are_not_mixed_into_other_data(demo_here, tmp_path):
    (tmp_path / file_name("smarts_violations")).write_bytes(csv_bytes("smarts_violations", [{}]))
    sync_datasets(source=DirectorySource(tmp_path, CONTRACTS), progress=Silence())
    runs = Run.objects.count()
    assert "Other data are loaded already (smarts_violations): the synthetic world is left out." in demo_here()
    assert Run.objects.count() == runs
    assert Resource.objects.exclude(last_published=None).count() == 1
