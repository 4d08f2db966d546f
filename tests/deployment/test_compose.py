"""compose.yaml and the Dockerfile: what they name is there; nothing runs as root, unwatched or of any version."""

import re

import pytest
import yaml
from django.conf import settings

from stormwater.overview.checks.workers import WORKER_OF
from stormwater.settings import BASE_DIR
from tests.docs.pages import part_below

COMPOSE = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
READ = set(
    re.findall(
        r"(?:environ\.get|env_\w+)\(\"(\w+)\"",
        (BASE_DIR / "stormwater" / "settings.py").read_text() + (BASE_DIR / "gunicorn.conf.py").read_text(),
    )
)
EXAMPLE = set(re.findall(r"^# ([A-Z_]+)=", (BASE_DIR / ".env.example").read_text(), re.MULTILINE))
IMAGE_SETS = set(re.findall(r"^(?:ENV|   ) ([A-Z_]+)=", DOCKERFILE.rpartition("\nFROM ")[2], re.MULTILINE))
COMPOSE_SETS = {"DATABASE_URL", "REDIS_URL", "FORWARDED_ALLOW_IPS"}
COMPOSE_READS = {"POSTGRES_PASSWORD", "WEB_PORT"}
FOR_GUNICORN = {"WEB_CONCURRENCY", "WEB_THREADS", "DATABASE_POOL_SIZE"}
QUEUES = (settings.SYNC_QUEUE, settings.DEFAULT_QUEUE)
OURS = [name for name, service in SERVICES.items() if service["image"] == "stormwater-watch"]
IMAGES = [
    *(SERVICES[name]["image"] for name in ("postgres", "redis")),
    *re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE),
]


def words(command) -> str:
    return command if isinstance(command, str) else " ".join(command)


def test_the_parts_of_the_system_are_there():
    assert set(SERVICES) == {"migrate", "web", "worker-sync", "worker", "beat", "postgres", "redis"}
    assert set(COMPOSE["volumes"]) == {"data", "postgres", "redis"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_watched_and_starts_again(name):
    service = SERVICES[name]
    if name == "migrate":
        assert service["restart"] == "no"
        return
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_the_log_of_a_service_does_not_fill_the_disk(name):
    logging = SERVICES[name]["logging"]
    assert logging["driver"] == "json-file"
    size, files = logging["options"]["max-size"], logging["options"]["max-file"]
    assert re.fullmatch(r"\d+m", size)
    assert int(size[:-1]) * int(files) <= 50


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_told_only_what_the_settings_read(name):
    assert set(SERVICES[name]["environment"]) <= READ
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"} <= set(SERVICES[name]["environment"])


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_the_example_file_reaches_the_containers(name):
    """Those that compose.yaml and the image set are theirs; gunicorn's go to the site alone."""
    environment = SERVICES[name]["environment"]
    handed_on = {key for key, value in environment.items() if value is None or f"${{{key}:" in value}
    unreachable = COMPOSE_SETS | COMPOSE_READS | IMAGE_SETS - {"LOG_FORMAT"}
    assert handed_on == EXAMPLE - unreachable - (set() if name == "web" else FOR_GUNICORN)


@pytest.mark.parametrize("name", OURS)
def test_what_the_image_sets_is_not_taken_away(name):
    """A bare name that .env does not set removes the image's variable of that name."""
    bare = {key for key, value in SERVICES[name]["environment"].items() if value is None}
    assert bare & IMAGE_SETS == set()
    assert {"LOG_FORMAT", "STORMWATER_PRODUCTION", "STORMWATER_DATA_DIR", "WEB_BIND"} <= IMAGE_SETS


def test_the_example_file_says_which_lines_change_nothing_here():
    _, _, text = (BASE_DIR / ".env.example").read_text().partition("`docker compose` reads")
    named = set(re.findall(r"[A-Z]+_[A-Z_]+", text.partition("All others")[0]))
    assert named == COMPOSE_SETS | IMAGE_SETS - {"LOG_FORMAT", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PATH"}


@pytest.mark.parametrize("name", OURS)
def test_our_services_write_to_their_volume_alone_and_gain_no_privileges(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["volumes"] == ["data:/data"]
    assert service["cap_drop"] == ["ALL"]
    assert set(service["depends_on"]) >= {"postgres"}


def test_every_queue_has_a_worker_and_long_tasks_run_one_at_a_time():
    commands = {name: words(SERVICES[name]["command"]) for name in ("worker", "worker-sync")}
    assert f"--queues {settings.SYNC_QUEUE} --concurrency 1" in commands["worker-sync"]
    assert f"--queues {settings.DEFAULT_QUEUE} " in commands["worker"]
    assert words(SERVICES["beat"]["command"]).startswith("celery -A stormwater beat")


def test_the_services_without_containers_are_started_by_the_same_commands():
    """Two workers with one name on one host, and the doctor finds that a queue has none."""
    page = (BASE_DIR / "docs" / "operations.md").read_text()
    shown = re.findall(r"^celery -A stormwater .*$", page, re.MULTILINE)
    assert shown == [words(SERVICES[name]["command"]) for name in ("worker-sync", "worker", "beat")]
    assert all(f" --queues {queue} " in command for queue, command in zip(QUEUES, shown, strict=False))
    assert all(command.endswith(f" --hostname {queue}@%h") for queue, command in zip(QUEUES, shown, strict=False))


def compose_commands(heading: str) -> list[list[str]]:
    """The words of each `docker compose ...` that the operations page shows below a heading."""
    lines = part_below((BASE_DIR / "docs" / "operations.md").read_text(), heading).splitlines()
    return [line.split()[2:] for line in lines if line.startswith("docker compose ")]


def position(commands: list[list[str]], word: str) -> int:
    """Which of the commands is the first with this word."""
    return next(number for number, command in enumerate(commands) if word in command)


@pytest.mark.parametrize("heading", ["Deployment", "Update", "With compose.yaml"])
def test_the_commands_shown_reach_services_that_are_there(heading):
    commands = compose_commands(heading)
    assert commands
    for verb, *rest in commands:
        names = [word for word in rest if not word.startswith("-")]
        assert verb in {"build", "exec", "run", "stop", "up"}
        assert set(names[:1] if verb in {"exec", "run"} else names) <= set(SERVICES)


def test_an_update_builds_and_stops_all_that_uses_the_tables_before_they_change():
    commands = compose_commands("Update")
    assert position(commands, "build") < position(commands, "stop") < position(commands, "up")
    assert set(commands[position(commands, "stop")][1:]) == set(OURS) - {"migrate"}


def test_a_database_is_thrown_away_when_nothing_uses_it_and_what_redis_has_of_it_too():
    commands = compose_commands("With compose.yaml")
    order = ["stop", "dropdb", "createdb", "flushall"]
    assert [position(commands, word) for word in order] == sorted(position(commands, word) for word in order)
    assert set(commands[position(commands, "stop")][1:]) == set(OURS) - {"migrate"}


def test_a_backup_takes_the_database_first_and_is_put_back_before_anything_runs():
    commands = compose_commands("With compose.yaml")
    order = ["pg_dump", "--create", "pg_restore", "--extract", "doctor"]
    assert [position(commands, word) for word in order] == sorted(position(commands, word) for word in order)
    assert commands[position(commands, "--extract") + 1] == ["up", "--detach"]
    assert commands[position(commands, "pg_restore") - 1] == ["up", "--detach", "--wait", "postgres", "redis"]


def test_a_backup_is_of_the_database_and_the_volume_that_are_used():
    commands = compose_commands("With compose.yaml")
    server = SERVICES["postgres"]["environment"]
    dump, restore = (commands[position(commands, word)] for word in ("pg_dump", "pg_restore"))
    assert f"--username={server['POSTGRES_USER']}" in dump
    assert f"--username={server['POSTGRES_USER']}" in restore
    assert dump[dump.index(">") - 1] == server["POSTGRES_DB"]
    assert f"--dbname={server['POSTGRES_DB']}" in restore
    (mounted,) = (mount.partition(":")[2] for mount in SERVICES["web"]["volumes"])
    assert all(f"--directory={mounted}" in commands[position(commands, word)] for word in ("--create", "--extract"))
    for program in ("dropdb", "createdb"):
        emptied = commands[position(commands, program)]
        assert emptied[3:] == [f"--username={server['POSTGRES_USER']}", server["POSTGRES_DB"]]


@pytest.mark.parametrize("queue", QUEUES)
def test_the_doctor_names_the_same_worker(queue):
    hint = WORKER_OF.format(queue)
    assert f"--queues {queue} --hostname {queue}@%h " in hint


def test_secrets_have_no_default_and_only_the_proxy_of_this_host_reaches_the_site():
    text = (BASE_DIR / "compose.yaml").read_text()
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"):
        assert f"${{{secret}:?" in text
        assert f"${{{secret}:-" not in text
    assert [port for service in SERVICES.values() for port in service.get("ports", [])] == [
        "127.0.0.1:${WEB_PORT:-8000}:8000"
    ]


def test_redis_throws_no_message_away():
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "volatile-lru"


@pytest.mark.parametrize("image", IMAGES)
def test_images_name_their_version(image):
    assert re.fullmatch(r"[a-z]+:\d[\w.-]*", image)


def test_the_image_runs_as_nobody_in_particular_and_refuses_unsafe_settings():
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last_stage, re.MULTILINE)
    assert "STORMWATER_PRODUCTION=1" in last_stage
    assert last_stage.index("USER 10001") < last_stage.index("CMD")


def test_the_image_is_made_of_what_is_in_the_repository():
    kept = re.findall(r"^!(\S+)$", (BASE_DIR / ".dockerignore").read_text(), re.MULTILINE)
    assert [name for name in kept if not (BASE_DIR / name).exists()] == []
    apps = {label.partition(".")[0] for label in settings.INSTALLED_APPS} - {"django", "rest_framework"}
    packages = {name for name in apps if (BASE_DIR / name).is_dir()}
    assert packages <= set(kept)
    assert all(name in DOCKERFILE for name in packages)
