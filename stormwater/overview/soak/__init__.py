"""A soak: weeks of syncs with clients and a reviewer at work, and whether all is right in the end and nothing grew.

Used by `manage.py bench soak` and, for a few weeks, by the slow tests.
"""

from stormwater.overview.soak.measuring import measure_soak

__all__ = ["measure_soak"]
