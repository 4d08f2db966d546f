"""Emptying the database between measurements."""

from django.db import connection


def empty_database() -> None:
    """Back to a database that has never seen a file."""
    # No foreign key leads from these to what is emptied before them.
    samples = (
        "monitoring_smartssample, monitoring_smartsreport, monitoring_smartslocation, "
        "monitoring_esmrsample, monitoring_esmrreport, monitoring_esmrlocation, sync_dataqualityissue"
    )
    derived = "facilities_crosswalkentry, facilities_matchword, facilities_matcherrun, sync_followup"
    findings = (
        "violations_computation, violations_exceedance, violations_indeterminate, violations_eralevel, "
        "violations_unusableresults, violations_findingchange"
    )
    sums = (
        "violations_unifiedfinding, violations_findingcount, violations_facilitysummary, violations_duplicatepair, "
        "violations_inferredenforcementlink, violations_stalerecord"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE sync_run, sync_rawfile, sync_resource, facilities_facility, {samples} CASCADE")
        cursor.execute(f"TRUNCATE {derived}, {findings}, {sums} CASCADE")
        cursor.execute("TRUNCATE monitoring_parameter, monitoring_unit, monitoring_method CASCADE")
