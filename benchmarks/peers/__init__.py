"""The same work by other means, each as somebody who knows the tool would write it.

A peer judges the 19 rules of the notice on cases. It may count on what the benchmark's
data are known to be: plain stamps, one row a case, no rejects, no disputes, no rows of
strangers. Each says in ``LEAVES_OUT`` what it does not do and a run does.
"""
