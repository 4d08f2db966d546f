"""Filters of the ledger's pages."""

from django import template

from sync.admin import wording

register = template.Library()
register.filter("badge", wording.badge)
register.filter("run_link", wording.run_link)
register.filter("health_badge", wording.health_badge)
