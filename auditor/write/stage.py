"""The order in which a run folder fills; the manifest comes last, from outside."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from auditor.settings import OUTPUTS
from auditor.write.results import Results


def write(results: Results, folder: Path, outputs: Collection[str] = OUTPUTS) -> None:
    """Write the outputs of a finished run, but for the manifest, into ``folder``.

    Frames that were handed in as paths must already lie there as ``<name>.parquet``.
    The same results give the same bytes, but for the DuckDB file, which has a digest
    of its content instead. The tables are always written; ``outputs`` names what
    else: ``findings, forms, figures, report, store``.

    Raises:
        AuditError: AUD4xx when a cell does not fit, a layout is wrong or a table is
            not where it should be; AUD404 when the disk refuses.
    """
    from auditor.write.figures import write_figures
    from auditor.write.findings import write_findings
    from auditor.write.forms import write_forms
    from auditor.write.report import write_report
    from auditor.write.store import write_store
    from auditor.write.tables import write_tables

    tables = write_tables(results, folder)
    with ThreadPoolExecutor(1) as pool:
        # DuckDB lets go of the interpreter, which all the others keep busy meanwhile.
        store = None
        if "store" in outputs:
            store = pool.submit(write_store, results, tables, folder)
        if "findings" in outputs:
            write_findings(results, tables["findings"], folder)
        if "forms" in outputs:
            write_forms(results, folder)
        if "figures" in outputs:
            write_figures(results, folder)
        if "report" in outputs:
            write_report(results, tables, folder)
        if store is not None:
            store.result()
