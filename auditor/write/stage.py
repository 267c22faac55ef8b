"""The order in which a run folder fills; the manifest comes last, from outside."""

from pathlib import Path

from auditor.write.results import Results

EXTRAS = ("findings", "forms", "figures", "report", "store")


def write(results: Results, folder: Path, extras: tuple[str, ...] = EXTRAS) -> None:
    """Write every output of a finished run but the manifest into ``folder``.

    Tables are always written; ``extras`` names what else is.

    Frames that were handed in as paths must already lie there as ``<name>.parquet``.
    The same results give the same bytes, but for the DuckDB file, which has a digest
    of its content instead.

    Raises:
        AuditError: AUD4xx when a cell does not fit, a layout is wrong or a table is
            not where it should be; AUD404 when the disk refuses.
    """
    from auditor.write.tables import write_tables

    tables = write_tables(results, folder)
    if "findings" in extras:
        from auditor.write.findings import write_findings

        write_findings(results, tables["findings"], folder)
    if "forms" in extras:
        from auditor.write.forms import write_forms

        write_forms(results, folder)
    if "figures" in extras:
        from auditor.write.figures import write_figures

        write_figures(results, folder)
    if "report" in extras:
        from auditor.write.report import write_report

        write_report(results, tables, folder)
    if "store" in extras:
        from auditor.write.store import write_store

        write_store(results, tables, folder)
