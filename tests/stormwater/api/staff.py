"""Members of staff who ask the API by token, one of each group."""

import json

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from rest_framework.authtoken.models import Token

GROUPS = ("Viewer", "Reviewer", "Operator")


class Staff:
    """A member of staff with a token."""

    def __init__(self, name, group=None):
        self.user = get_user_model().objects.create_user(name)
        if group:
            self.user.groups.add(Group.objects.get(name=group))
        self.headers = {"Authorization": f"Token {Token.objects.create(user=self.user).key}"}
        self.client = Client(raise_request_exception=False)

    def get(self, address, **options):
        return self.client.get(address, options or None, headers=self.headers)

    def post(self, address, content=None):
        body = content if isinstance(content, str) else json.dumps(content or {})
        return self.client.post(address, body, content_type="application/json", headers=self.headers)


def problem_of(response, status):
    """The problem that staff were answered with, which nobody may keep."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert "no-store" in response["Cache-Control"]
    return response.json()
