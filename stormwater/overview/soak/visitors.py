"""Who is at work during a soak: clients of the API, and a reviewer. Each judges what it is answered."""

import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from facilities.models import Verdict

ADDRESSES = (
    *("facilities", "facilities?format=geojson", "smarts/violations", "smarts/monitoring", "esmr/samples"),
    *("violations?count=exact", "enforcement", "inspections?page_size=200", "dashboard", "esmr/stats", "datasets"),
    "smarts/violations?format=csv",
)
# Neither links a pair that the machine does not, so that the world is the same as without the reviewer.
_VERDICTS = (Verdict.UNSURE.value, Verdict.NO_MATCH.value)
_SECONDS = 60
_PAUSE_SECONDS = 0.05  # between two requests: people read what they get


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes
    is_csv: bool

    def members(self) -> dict[str, Any]:
        """Those of a JSON object."""
        found = json.loads(self.body)
        return found if isinstance(found, dict) else {}


class Visitor(threading.Thread):
    """Does one thing after another until it is told to stop.

    `quiet` is held while it does; whoever takes it waits until the thing is done, and the visitor then waits in turn.
    """

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.quiet = threading.Lock()
        self.requests = 0
        self.wrong: list[str] = []
        self._port = port
        self._random = random.Random(seed)  # noqa: S311 - the same requests each time
        self._is_done = threading.Event()

    def run(self) -> None:
        """Work."""
        while not self._is_done.wait(_PAUSE_SECONDS):
            with self.quiet:
                try:
                    self.visit()
                except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is looked for
                    self.wrong.append(repr(error))

    def visit(self) -> None:
        """One thing."""
        raise NotImplementedError

    def finish(self) -> None:
        """Stop, once the present thing is done."""
        self._is_done.set()
        self.join(2 * _SECONDS)

    def ask(
        self, address: str, *, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask the API: a GET, or a POST of that body. Raises HTTPException if the answer does not come whole."""
        self.requests += 1
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_SECONDS)
        try:
            content = None if body is None else json.dumps(body)
            kind = {} if body is None else {"Content-Type": "application/json"}
            method = "GET" if body is None else "POST"
            connection.request(method, f"/api/{address}", content, kind | dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.headers.get_content_type() == "text/csv")
        except (HTTPException, OSError) as error:
            raise HTTPException(f"{address}: {error!r}") from error
        finally:
            connection.close()


class Client(Visitor):
    """Asks for one address after another; each answer is a 200, and whole."""

    def visit(self) -> None:
        """Ask for an address."""
        address = self._random.choice(ADDRESSES)
        answer = self.ask(address)
        if answer.status != 200:
            self.wrong.append(f"{address}: {answer.status} {answer.body[:300]!r}")
        elif not answer.is_csv and not answer.members().get("meta"):
            self.wrong.append(f"{address}: no meta")


class Reviewer(Visitor):
    """Decides pairs of the queue, and again what was decided before, as long as a share of the week is left."""

    def __init__(self, port: int, seed: int, token: str) -> None:
        super().__init__(port, seed)
        self.share = 0  # decisions that are still to be made this week
        self.decided: dict[int, str] = {}  # decision -> its note, which is like no other
        self._times: Counter[int] = Counter()  # by pair
        self._headers = {"Authorization": f"Token {token}"}

    def visit(self) -> None:
        """Decide a pair, if there is one to decide."""
        listed = self._known(self.ask("staff/matches?page_size=200", headers=self._headers), 200)
        pairs = {row["id"] for row in listed["results"] if not row["is_blind"]} | set(self._times)
        if self.share <= 0 or not pairs:
            return
        pair = min(pairs, key=lambda number: (self._times[number], number))
        shown = self._known(self.ask(f"staff/matches/{pair}", headers=self._headers), 200)
        note = f"Pair {pair}, decision {self._times[pair] + 1}"
        verdict = _VERDICTS[self._times[pair] % len(_VERDICTS)]
        body = {"verdict": verdict, "version": shown["version"], "note": note, "reason_code": "other_place"}
        answer = self.ask(f"staff/matches/{pair}/decision", body=body, headers=self._headers)
        if answer.status == 409:  # the matcher was faster: the pair is looked at again
            return
        self.decided[self._known(answer, 201)["decision"]] = note
        self._times[pair] += 1
        self.share -= 1

    def _known(self, answer: Answer, status: int) -> dict[str, Any]:
        if answer.status != status:
            raise HTTPException(f"{answer.status}, not {status}: {answer.body[:300]!r}")
        return answer.members()
