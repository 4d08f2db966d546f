"""Staff who decide pairs over HTTP and keep at it while the database is killed under them."""

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import requests

from tests.reliability.visitors import PATIENCE, PROBLEM

PASSWORD = "invented-for-the-tests"
REASON = "other_place"  # for the verdicts that need one


CONSOLE = "/admin/facilities/matchcandidate/review/"


class AwayError(Exception):
    """The site said that the database is away."""


class ChangedError(Exception):
    """The pair has changed since it was looked at, as by a decision about another one."""


class WrongAnswerError(AssertionError):
    """The site said something else than it should."""


def checked(response: requests.Response, *expected: int) -> requests.Response:
    """An answer that is one of the expected.

    Raises AwayError if it says clearly that the database is away, ChangedError if the pair is to be looked at again.
    """
    if response.status_code in expected:
        return response
    if response.status_code == 409:
        raise ChangedError
    text = response.text
    if response.status_code == 503 and response.headers.get("Retry-After"):
        if response.headers["Content-Type"] == PROBLEM and "database" in response.json()["detail"]:
            raise AwayError
        if "The database cannot be reached at the moment" in text:
            raise AwayError
    raise WrongAnswerError(f"{response.request.method} {response.url}: {response.status_code} {text[:1000]}")


class ByApi:
    """Decides by `/api/staff/`."""

    def __init__(self, address: str, token: str) -> None:
        self._address = f"{address}/api/staff"
        self._headers = {"Authorization": f"Token {token}"}

    def has_saved(self, pair: int, note: str) -> bool:
        """Whether the pair's history has the decision with that note."""
        return note in {decision["note"] for decision in self._pair(pair)["decisions"]}

    def decide(self, pair: int, verdict: str, note: str) -> None:
        """Decide a pair as it is now."""
        body = {"verdict": verdict, "version": self._pair(pair)["version"], "note": note, "reason_code": REASON}
        url = f"{self._address}/matches/{pair}/decision"
        checked(requests.post(url, json=body, headers=self._headers, timeout=60), 201)

    def _pair(self, pair: int) -> dict:
        url = f"{self._address}/matches/{pair}"
        return checked(requests.get(url, headers=self._headers, timeout=60), 200).json()


class ByConsole:
    """Decides on the pages of the review console, with a session."""

    def __init__(self, address: str, name: str) -> None:
        self._address = address
        self._session = requests.Session()
        page = checked(self._session.get(f"{address}/admin/login/", timeout=60), 200)
        form = {"username": name, "password": PASSWORD, "next": "/admin/", "csrfmiddlewaretoken": token_of(page.text)}
        page = checked(self._session.post(f"{address}/admin/login/", data=form, timeout=60), 200)
        assert "/login/" not in page.url

    @property
    def cookie(self) -> str:
        """The session, for others who look at pages."""
        return "; ".join(f"{name}={value}" for name, value in self._session.cookies.items())

    def has_saved(self, pair: int, note: str) -> bool:
        """Whether the pair's history has the decision with that note."""
        return f">{note}<" in self._page(pair)

    def decide(self, pair: int, verdict: str, note: str) -> None:
        """Fill in the form as the page shows it."""
        page = self._page(pair)
        found = re.search(r'name="version" value="(\d+)"', page)
        assert found
        form = {
            "verdict": verdict,
            "version": found[1],
            "note": note,
            "reason_code": REASON,
            "csrfmiddlewaretoken": token_of(page),
        }
        url = f"{self._address}{CONSOLE}pair/{pair}/"
        checked(self._session.post(url, data=form, timeout=60, allow_redirects=False), 302)

    def _page(self, pair: int) -> str:
        answer = checked(self._session.get(f"{self._address}{CONSOLE}pair/{pair}/", timeout=60), 200)
        assert "/login/" not in answer.url, "the session is gone"
        return answer.text


def token_of(page: str) -> str:
    """The token of a form."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]


@dataclass(frozen=True)
class Plan:
    """A decision that someone means to make; its note is like no other."""

    pair: int
    verdict: str
    note: str


class Reviewer(threading.Thread):
    """Carries out plans one by one; after a 503 looks whether the decision was saved, and repeats it if not."""

    def __init__(self, way: ByApi | ByConsole, plans: Sequence[Plan]) -> None:
        super().__init__(daemon=True)
        self.way = way
        self._plans = plans
        self.answered: list[str] = []  # notes of the decisions that were answered with success
        self.found: list[str] = []  # of those that were not, and had been saved
        self.away = 0
        self.wrong: list[str] = []

    @property
    def done(self) -> int:
        """Decisions that are known to be saved."""
        return len(self.answered) + len(self.found)

    def run(self) -> None:
        try:
            for plan in self._plans:
                self._carry_out(plan)
        except Exception as error:  # noqa: BLE001 - told to the test, which waits for it
            self.wrong.append(repr(error))

    def _carry_out(self, plan: Plan) -> None:
        is_repeated = False
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if is_repeated and self.way.has_saved(plan.pair, plan.note):
                    self.found.append(plan.note)
                    return
                self.way.decide(plan.pair, plan.verdict, plan.note)
            except (AwayError, ChangedError) as error:
                self.away += isinstance(error, AwayError)
                is_repeated = True
                assert time.monotonic() < deadline, f"never: {plan}"
                time.sleep(0.02)
            else:
                self.answered.append(plan.note)
                return
