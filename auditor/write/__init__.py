"""Write the run folder: tables, forms, findings, figures, report, store, manifest."""

from auditor.write.manifest import manifest_bytes
from auditor.write.results import Identity, Indicator, InputFile, Results
from auditor.write.stage import write

__all__ = ["Identity", "Indicator", "InputFile", "Results", "manifest_bytes", "write"]
