"""Raw files: what was downloaded, the download of it, and single lines of it."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from stormwater.admin.chosen import chosen
from stormwater.admin.records import ReadOnlyAdmin, list_link
from sync.models import RawFile
from sync.rawstore import absolute_path, read_lines

# A record that spans more lines than this is shown as far as that.
MAX_LINES = 50
MAX_CHARACTERS = 20_000


@admin.register(RawFile)
class RawFileAdmin(ReadOnlyAdmin):
    """The files that runs read, kept as evidence."""

    list_display = ("row_number", "resource", "short_hash", "size_in_words", "kept_at", "removed_at", "download_link")
    list_select_related = ("resource",)
    list_filter = ("resource__dataset", chosen("resource", "resource"))
    search_fields = ("sha256",)
    search_help_text = "The whole SHA-256, in hexadecimal."
    fields = ("resource", "sha256", "size_in_words", "path", "kept_at", "removed_at", "download_link")
    readonly_fields = ("size_in_words", "download_link")

    def get_urls(self) -> list[URLPattern]:
        """With the download and the page of a line."""
        view = self.admin_site.admin_view
        return [
            path("<int:raw_file_id>/download/", view(self.download), name="sync_rawfile_download"),
            path("<int:raw_file_id>/line/<int:line>/", view(self.show_line), name="sync_rawfile_line"),
            *super().get_urls(),
        ]

    def related_links(self, obj: RawFile) -> list[tuple[str, str]]:
        return [("Runs that read it", list_link("sync.Run", raw_file=obj.pk))]

    def download(self, request: HttpRequest, raw_file_id: int) -> HttpResponse | FileResponse:
        """The file as it is stored: compressed, and with the personal contact data that the publisher put in it."""
        raw_file = self._viewable(request, raw_file_id)
        stored = absolute_path(raw_file)
        if not stored.exists():
            self.message_user(request, "The file is no longer in the store.", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:sync_rawfile_change", args=[raw_file.pk]))
        name = f"{raw_file.resource.slug.replace(':', '-')}_{raw_file.sha256[:12]}.csv.gz"
        return FileResponse(stored.open("rb"), as_attachment=True, filename=name, content_type="application/gzip")

    def show_line(self, request: HttpRequest, raw_file_id: int, line: int) -> HttpResponse:
        """What the file says at a line, as text and cell by cell."""
        raw_file = self._viewable(request, raw_file_id)
        if line < 1 or not absolute_path(raw_file).exists():
            raise Http404("There is no such line, or the file is no longer in the store.")
        header, record = _read_record(raw_file, line)
        if not record:
            raise Http404("The file has no such line.")
        names, cells = _cells(header), _cells(record)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Line {line:,}",
            "opts": self.opts,
            "raw_file": raw_file,
            "text": record[:MAX_CHARACTERS],
            "cut": max(0, len(record) - MAX_CHARACTERS),
            "cells": list(zip(names, cells, strict=True)) if len(names) == len(cells) and line > 1 else [],
            "counts": (len(cells), len(names)),
            "is_header": line == 1,
        }
        return TemplateResponse(request, "admin/sync/raw_line.html", context)

    def _viewable(self, request: HttpRequest, raw_file_id: int) -> RawFile:
        raw_file = get_object_or_404(RawFile.objects.select_related("resource"), pk=raw_file_id)
        if not self.has_view_permission(request, raw_file):
            raise PermissionDenied
        return raw_file

    @admin.display(description="SHA-256")
    def short_hash(self, obj: RawFile) -> str:
        """Enough of the hash to tell files apart."""
        return f"{obj.sha256[:12]}…"

    @admin.display(description="Size (uncompressed)")
    def size_in_words(self, obj: RawFile) -> str:
        """The size in bytes, KB, MB or GB."""
        return str(filesizeformat(obj.size))

    @admin.display(description="Download")
    def download_link(self, obj: RawFile) -> SafeString:
        """Link to the stored file, if it is still kept."""
        if obj.removed_at is not None:
            return SafeString("removed by the clean-up")
        return format_html('<a href="{}">Download (.csv.gz)</a>', reverse("admin:sync_rawfile_download", args=[obj.pk]))


def _read_record(raw_file: RawFile, line: int) -> tuple[str, str]:
    """The header line, and the record that begins at `line`: more lines for as long as a quote is open."""
    wanted: Iterator[tuple[int, None]] = ((number, None) for number in (1, *range(max(line, 2), line + MAX_LINES)))
    header, record = "", ""
    for number, text, _ in read_lines(raw_file, wanted):
        if number == 1:
            header = text.removeprefix("\ufeff")
            if line == 1:
                return header, header
            continue
        record = f"{record}\n{text}" if record else text
        if record.count('"') % 2 == 0:
            break
    return header, record


def _cells(text: str) -> list[Any]:
    try:
        return next(csv.reader(text.splitlines(keepends=True)), [])
    except csv.Error:
        return []
