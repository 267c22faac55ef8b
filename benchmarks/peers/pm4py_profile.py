"""pm4py: a temporal profile checked by its conformance, and its filters of time.

It knows calendar time and no working days, limits, suspensions, counties or verdicts;
what it gives are cases whose pairs of steps lie further apart than a profile allows.
AGPL: it lives in an environment of its own and is no dependency of anything here.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

LEAVES_OUT = "working days, dated limits, suspensions, attributes, verdicts, counties"
LIMITS = (
    ("用电申请", "业务受理", 1),
    ("业务受理", "答复供电方案", 10),
    ("竣工验收", "送电", 3),
)


def main(dump: Path, out: Path) -> float:
    """Check stage limits and filter slow cases; return the seconds inside."""
    import pandas as pd
    import pm4py

    begin = time.perf_counter()
    events = pd.read_parquet(dump / "events.parquet").dropna(subset=["finished_at"])
    log = pm4py.format_dataframe(
        events, case_id="case_id", activity_key="step", timestamp_key="finished_at"
    )
    log["start_timestamp"] = log["time:timestamp"]  # its clock ends and starts a stage
    profile = {(a, b): (days * 86_400.0, 1.0) for a, b, days in LIMITS}
    found = pm4py.conformance_temporal_profile(log, profile, zeta=1.0)
    slow = pm4py.filter_case_performance(log, 25 * 86_400.0, 1e12)
    told = f"{sum(bool(one) for one in found)},{slow['case:concept:name'].nunique()}\n"
    (out / "found.csv").write_text(told, encoding="utf-8")
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
