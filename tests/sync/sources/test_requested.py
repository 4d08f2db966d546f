"""Reading what was asked for."""

import pytest

from sync.contracts import CONTRACTS
from sync.sources import SourceError
from sync.sources.requested import parse_requests


def test_no_name_asks_for_everything_in_the_order_of_the_contracts():
    requests = parse_requests([], CONTRACTS)

    assert [request.contract.slug for request in requests] == list(CONTRACTS)
    assert all(request.is_whole for request in requests)


def test_names_are_taken_once_and_in_the_order_of_the_contracts():
    esmr, other = "esmr", "smarts_industrial_facilities"

    requests = parse_requests([esmr, other, "esmr:2024", "esmr:2009", esmr], CONTRACTS)

    assert [request.contract.slug for request in requests] == [other, esmr]
    assert requests[1].is_whole
    assert requests[1].years == (2009, 2024)


def test_a_year_alone_does_not_ask_for_the_other_years():
    (request,) = parse_requests(["esmr:2009"], CONTRACTS)

    assert not request.is_whole
    assert request.years == (2009,)


@pytest.mark.parametrize(
    "name, words",
    [
        ("smarts_violation", "did you mean smarts_violations?"),
        ("weather", "the datasets are smarts_industrial_facilities,"),
        ("smarts_violations:2024", "smarts_violations has no years"),
        ("esmr:latest", "write it like esmr:2024"),
        ("esmr:", "write it like esmr:2024"),
        ("esmr:٢٠٢٤", "write it like esmr:2024"),
    ],
)
def test_a_wrong_name_is_answered_with_what_is_right(name, words):
    with pytest.raises(SourceError) as caught:
        parse_requests([name], CONTRACTS)

    assert words in str(caught.value)
