"""Where the pages of the console answer, inside the admin."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from facilities.review import history_views, pair_views, queue_views


def review_urls(site: AdminSite) -> list[URLPattern]:
    """The console's pages, for staff; each asks for its permission itself."""
    pages = (
        ("", queue_views.queue, "queue"),
        ("start/", queue_views.start, "start"),
        ("bulk/", queue_views.bulk, "bulk"),
        ("assign/", queue_views.assign, "assign"),
        ("sample/", queue_views.sample, "sample"),
        ("pair/<int:pk>/", pair_views.pair, "pair"),
        ("undo/<int:pk>/", pair_views.undo, "undo"),
        ("history/", history_views.history, "history"),
        ("decisions.csv", history_views.decisions_file, "decisions_file"),
        ("history.csv", history_views.history_file, "history_file"),
    )
    return [path(f"review/{route}", site.admin_view(view), name=f"review_{name}") for route, view, name in pages]
