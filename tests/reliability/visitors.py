"""Clients that ask the site over HTTP while its database is killed, and judge every answer."""

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

PATIENCE = 120
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What came back; no body if the connection ended before the answer did, and no status if it ended at once."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes | None


def ask(port: int, address: str, headers: Mapping[str, str]) -> Answer:
    """Ask on a connection of its own, and read the answer to its end."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    status, found = None, {}
    try:
        connection.request("GET", address, headers=dict(headers))
        response = connection.getresponse()
        status, found = response.status, dict(response.getheaders())
        return Answer(status, found, response.read())
    except (HTTPException, ConnectionError):
        return Answer(status, found, None)
    finally:
        connection.close()


def is_away(answer: Answer) -> bool:
    """Whether an answer of the API says clearly that the database is away, and when to come again."""
    if answer.status != 503 or answer.body is None or answer.headers.get("Content-Type") != PROBLEM:
        return False
    problem = json.loads(answer.body)
    return problem["status"] == 503 and "database" in problem["detail"] and int(answer.headers["Retry-After"]) > 0


def is_away_page(answer: Answer) -> bool:
    """The same of a page of the admin."""
    text = (answer.body or b"").decode()
    return answer.status == 503 and "cannot be reached at the moment" in text and "Retry-After" in answer.headers


@dataclass(frozen=True)
class Question:
    """An address, what is right for it, and what says that the database is away."""

    address: str
    is_right: Callable[[Answer], bool]
    is_away: Callable[[Answer], bool] = is_away
    may_be_cut: bool = False  # an answer that is sent while it is read: it ends early, and cannot be taken for whole
    headers: Mapping[str, str] = field(default_factory=dict)


class Client(threading.Thread):
    """Asks the questions again and again, in an order of its own."""

    def __init__(self, port: int, questions: list[Question], seed: str) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._questions = random.Random(seed).sample(questions, len(questions))  # noqa: S311
        self._is_done = threading.Event()
        self.right: dict[str, float] = {}  # address -> when it was last asked and answered rightly
        self.answers = 0
        self.away = 0
        self.cut = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self._is_done.is_set():
            for question in self._questions:
                start = time.monotonic()
                try:
                    self._judge(question, ask(self._port, question.address, question.headers), start)
                except Exception as error:  # noqa: BLE001 - a client that died silently would find nothing wrong
                    self.wrong.append(f"{question.address}: {error!r}")

    def _judge(self, question: Question, answer: Answer, start: float) -> None:
        self.answers += 1
        if question.is_right(answer):
            self.right[question.address] = start
        elif question.is_away(answer):
            self.away += 1
        elif question.may_be_cut and answer.status == 200 and answer.body is None:
            self.cut += 1
        else:
            self.wrong.append(f"{question.address}: {answer.status} {answer.headers} {(answer.body or b'')[:500]!r}")

    def has_everything_since(self, moment: float) -> bool:
        """Whether each question asked since then was answered rightly once."""
        return all(self.right.get(question.address, 0) > moment for question in self._questions)

    def finish(self) -> None:
        """Stop after the present round."""
        self._is_done.set()
        self.join(PATIENCE)


def wait_until(what: str, is_so: Callable[..., bool], *arguments: object) -> None:
    """Wait until it is so of the arguments, with patience."""
    deadline = time.monotonic() + PATIENCE
    while not is_so(*arguments):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
