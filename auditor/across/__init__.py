"""What only several cases together can show: side tables, small, computed first."""

from auditor.across.bursts import crowded_seconds, entered
from auditor.across.chains import chains
from auditor.across.frames import MEMBERS, SIGNALS
from auditor.across.keys import keyed, repeated, skeletons
from auditor.across.numbers import numbered, out_of_sequence
from auditor.across.side import NO_SIDE, Side, recorded, with_across
from auditor.across.splits import splits

__all__ = [
    "MEMBERS",
    "NO_SIDE",
    "SIGNALS",
    "Side",
    "chains",
    "crowded_seconds",
    "entered",
    "keyed",
    "numbered",
    "out_of_sequence",
    "recorded",
    "repeated",
    "skeletons",
    "splits",
    "with_across",
]
