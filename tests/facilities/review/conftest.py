"""A matched small world, and people who look at it."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from facilities.models import MatchCandidate
from facilities.services.matching import run_matching
from tests.facilities.matching.invented import OAK_TOWN_PLANT, small_world
from tests.facilities.stored import pair, reviewer, store


class Visitor(Client):
    """A browser of someone of the staff."""

    def __init__(self, user):
        super().__init__()
        self.user = user
        self.force_login(user)

    def page(self, name, *args, query="", **more):
        return self.get(page(name, *args, query=query), **more)

    def text(self, name, *args, query=""):
        """A page without its layout: tags are gone, blanks are one."""
        answer = self.page(name, *args, query=query)
        assert answer.status_code == 200
        return plain(answer)

    def decide(self, candidate, verdict="match", query="", **given):
        """Fill in the form as the page showed it."""
        values = {"verdict": verdict, "version": candidate.version} | given
        return self.post(page("pair", candidate.pk, query=query), values)


def page(name, *args, query=""):
    return reverse(f"admin:review_{name}", args=args) + (f"?{query}" if query else "")


def plain(answer):
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def matched(db):
    store(*small_world())
    run_matching()


@pytest.fixture
def linked(matched) -> MatchCandidate:
    """A link of the machine."""
    return pair(200_001, OAK_TOWN_PLANT.key)


@pytest.fixture
def opened(matched) -> MatchCandidate:
    """A pair that waits for a person and needs no reason."""
    return MatchCandidate.objects.filter(state="open", conflict="", vetoes=[]).order_by("pk")[0]


@pytest.fixture
def someone(db):
    """Log someone of the staff in, with permissions of the matching or the permissions of a group."""

    def log_in(name, *codenames, group=None):
        user = reviewer(name)
        user.is_staff = True
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        if group:
            user.groups.add(Group.objects.get(name=group))
        return Visitor(user)

    return log_in


@pytest.fixture
def rivera(someone) -> Visitor:
    return someone("rivera", "view_matchcandidate", "decide_matchcandidate")


@pytest.fixture
def okafor(someone) -> Visitor:
    return someone("okafor", "view_matchcandidate", "decide_matchcandidate")
