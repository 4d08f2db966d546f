"""The OpenAPI document: made without a warning, complete, and true of what is served."""

import jsonschema_rs
import pytest
from django.core.management import call_command

from tests.stormwater.api.lists import LISTINGS, address_of, every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def path_of(listing):
    """The list's path in the document."""
    return f"/api/{listing.path}".replace("<str:", "{").replace(">", "}")


@pytest.fixture(scope="module")
def document():
    import json

    from django.test import Client

    return json.loads(Client().get("/api/schema", {"format": "json"}).content)


def test_it_is_made_without_warnings_and_valid(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
    assert capsys.readouterr().err == ""


def test_every_address_is_in_it_once_without_the_slash_at_its_end(document):
    assert {path_of(listing) for listing in LISTINGS.values()} <= set(document["paths"])
    assert [path for path in document["paths"] if path.endswith("/")] == ["/api/"]
    assert "/api/facilities/{key}" in document["paths"]


@pytest.mark.parametrize("listing", **every())
def test_it_documents_exactly_the_parameters_that_are_taken(document, listing):
    path = path_of(listing)
    parameters = document["paths"][path]["get"]["parameters"]
    assert {parameter["name"] for parameter in parameters if parameter["in"] == "query"} == set(listing.parameters)
    assert all(parameter["description"] for parameter in parameters)


def check(document, content, schema):
    validator = jsonschema_rs.validator_for(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema},
        validate_formats=True,
    )
    validator.validate(content)


@pytest.mark.parametrize("listing", **every())
def test_answers_are_as_it_says(api, document, listing):
    path = path_of(listing)
    described = document["paths"][path]["get"]["responses"]["200"]["content"]
    includes = {"include": ",".join(listing.include_of)} if listing.includes else {}
    for form in listing.formats:
        if form.format != "csv":
            page = api.json(address_of(listing), format=form.format, page_size=500, count="exact", **includes)
            check(document, page, described[form.media_type]["schema"])
    row = document["components"]["schemas"][listing.row_name]
    assert set(row["properties"]) == {*listing.field_of, *listing.include_of}
    for shown in api.rows(address_of(listing), page_size=3):
        assert set(shown) == set(listing.field_of)


@pytest.mark.parametrize(
    "address", ["/api/", "/api/datasets", "/api/health", "/api/health/live", "/api/health/ready", "/api/esmr/stats"]
)
def test_other_answers_are_as_it_says(api, document, address):
    key = address if address in document["paths"] else address.rstrip("/")
    schema = document["paths"].get(key)
    if schema is None:
        assert address == "/api/"
        return
    check(document, api.json(address), schema["get"]["responses"]["200"]["content"]["application/json"]["schema"])


def test_problems_are_as_it_says(api, document):
    schema = {"$ref": "#/components/schemas/Problem"}
    check(document, api.problem("/api/facilities", page_size="0"), schema)
    check(document, api.problem("/api/facilities/none", 404), schema)


def test_the_documentation_works_without_the_network(api):
    page = api.get("/api/docs").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "//cdn" not in page
    assert 'src="http' not in page
    assert api.get("/api/docs?script=").status_code == 200
