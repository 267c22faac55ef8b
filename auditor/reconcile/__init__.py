"""The form that a province declared, held cell by cell against a finished run."""

from auditor.reconcile.compare import OUTPUTS, Reconciliation, reconcile
from auditor.reconcile.page import page

__all__ = ["OUTPUTS", "Reconciliation", "page", "reconcile"]
