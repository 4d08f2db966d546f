"""Every path of the OpenAPI document answers on the demo world, with ids that are there."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from rest_framework.authtoken.models import Token

from facilities.models import EsmrFacility, MatchCandidate
from sync import asking
from sync.contracts import CONTRACTS
from sync.models import Run
from sync.services import sync_datasets
from sync.sources import DirectorySource
from tests.reference_data import load_missing_reference_data
from tests.stormwater.api.lists import LISTINGS
from violations.models import DuplicatePair, Exceedance, RegulatoryViolation
from violations.refreshing.refresh import refresh_violations

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(600)]


class Asking:
    """Asks for paths of the document as the demo's user, and remembers which."""

    def __init__(self):
        token = Token.objects.create(user=get_user_model().objects.get(username="demo"))
        self.headers = {"Authorization": f"Token {token.key}"}
        self.client = Client(raise_request_exception=False)
        self.asked = set()
        self.refused = {}

    def get(self, path, address=None, **parameters):
        response = self.client.get(address or path, parameters, headers=self.headers)
        return self._note("get", path, response, 200)

    def post(self, path, address, body, status=201):
        content = json.dumps(body)
        response = self.client.post(address, content, content_type="application/json", headers=self.headers)
        return self._note("post", path, response, status)

    def _note(self, method, path, response, status):
        self.asked.add((method, path))
        if response.status_code != status:
            self.refused[f"{method} {path}"] = (response.status_code, response.content[:500])
        is_json = response["Content-Type"].startswith("application/json")
        return response.json() if is_json and response.status_code == status else {}


@pytest.fixture
def held(transactional_db, settings, capsys, tmp_path, monkeypatch):
    """The demo's world, with a pair that is probably one event, and with a run that was held; the run."""
    settings.DATABASE_URL = ""
    settings.STORMWATER_STAFF_RATE = settings.STORMWATER_USER_RATE = settings.STORMWATER_EXPENSIVE_RATE = ""
    load_missing_reference_data()
    call_command("demo", "--no-serve")
    capsys.readouterr()
    world = settings.DATA_DIR / "demo-world"
    monkeypatch.setattr(asking, "configured_source", lambda: DirectorySource(world, CONTRACTS))
    make_a_pair()
    (file,) = world.glob("inspections_*")
    (tmp_path / file.name).write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:3]))
    (result,) = sync_datasets(source=DirectorySource(tmp_path, CONTRACTS), requests=["smarts_inspections"]).runs
    assert result.status == "held"
    assert result.run
    return Run.objects.get(pk=result.run)


def make_a_pair():
    """Let a violation of the invented world speak of an exceedance, as few of it do by chance."""
    finding = Exceedance.objects.filter(enrollment__isnull=False, went_at=None).order_by("pk")[0]
    violation = RegulatoryViolation.objects.filter(removed_by=None).order_by("pk")[0]
    RegulatoryViolation.objects.filter(pk=violation.pk).update(
        enrollment=finding.enrollment,
        occurrence_date=finding.period_end,
        violation_type="Effluent Limitation",
        description=f"{finding.pollutant.name} over the limit",
    )
    refresh_violations(is_full=True)


def test_every_path_answers_on_the_demo_world(held):
    asking_for = Asking()
    document = asking_for.client.get("/api/schema", {"format": "json"}).json()
    operations = {
        (method, path) for path, found in document["paths"].items() for method in ("get", "post") if method in found
    }

    for listing in LISTINGS.values():
        path = f"/api/{listing.path}".replace("<str:", "{").replace(">", "}")
        slug = path.replace("{slug}", "smarts_violations")
        rows = asking_for.get(path, slug, page_size=1)["results"]
        assert rows or listing.name in {"dataset_changes", "indeterminate"}, listing.name
        if listing.key:
            asking_for.get(f"{path}/{{key}}", f"{path}/{rows[0][listing.key]}")
    asking_for.get("/api/datasets/{slug}", "/api/datasets/smarts_violations")
    facility = asking_for.get("/api/facilities", page_size=1)["results"][0]["id"]
    asking_for.get("/api/facilities/{key}/complete", f"/api/facilities/{facility}/complete")
    pair = MatchCandidate.objects.filter(is_queued=True).order_by("pk")[0]
    asking_for.get(
        "/api/facilities/match",
        esmr_id=EsmrFacility.objects.get(pk=pair.esmr_facility_id).place_id,
        wdid=pair.enrollment.wdid,
        app_id=pair.enrollment.app_id,
    )
    decide(asking_for, pair, DuplicatePair.objects.order_by("pk")[0])
    operate(asking_for, held)
    for method, path in operations - asking_for.asked:
        if method == "get" and "{" not in path:
            asking_for.get(path)

    assert asking_for.refused == {}
    assert operations - asking_for.asked == set()
    assert len(operations) > 40


def decide(asking_for, candidate, duplicate):
    """What staff decide and take back."""
    matches, pairs, exceedances = "/api/staff/matches", "/api/staff/duplicates", "/api/staff/exceedances"
    asking_for.get(f"{matches}/{{number}}", f"{matches}/{candidate.pk}")
    verdict = {"verdict": "match", "version": candidate.version}
    done = asking_for.post(f"{matches}/{{number}}/decision", f"{matches}/{candidate.pk}/decision", verdict)
    undo = "/api/staff/decisions/{number}/undo"
    asking_for.post(undo, undo.replace("{number}", str(done["decision"])), {})

    asking_for.get(f"{pairs}/{{number}}", f"{pairs}/{duplicate.pk}")
    verdict = {"verdict": "confirmed", "version": duplicate.version}
    done = asking_for.post(f"{pairs}/{{number}}/decision", f"{pairs}/{duplicate.pk}/decision", verdict)
    undo = "/api/staff/duplicate-decisions/{number}/undo"
    asking_for.post(undo, undo.replace("{number}", str(done["decision"])), {})

    address = f"{exceedances}/{duplicate.exceedance.public_id}"
    inputs = asking_for.get(f"{exceedances}/{{key}}", address)["inputs"]
    body = {"reason": "Wrong outfall", "inputs": inputs}
    done = asking_for.post(f"{exceedances}/{{key}}/dismissal", f"{address}/dismissal", body)
    undo = "/api/staff/dismissals/{number}/undo"
    asking_for.post(undo, undo.replace("{number}", str(done["decision"])), {})


def operate(asking_for, held):
    """What operators do."""
    release = "/api/staff/runs/{number}/release"
    body = {"reason": "It was right"}
    asking_for.post(release, release.replace("{number}", str(held.pk)), body, status=202)
    asking_for.post("/api/staff/syncs", "/api/staff/syncs", {"dataset": "smarts_inspections"}, status=202)
