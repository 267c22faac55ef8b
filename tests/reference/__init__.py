"""The reference: the same judgement, written a second time, slowly and plainly.

This package shares no code with the product. It imports the standard library and
nothing else, it reads no file of the product (not its rules, not its calendar, not
its tables of words), and whoever wrote it had the rules of judgement and the settled
readings on the table and the product's own judgement out of sight. Where product and
reference agree on thousands of random cases, an error would have to have been made
twice, by two people, in two different shapes. Where they differ, one of the two is
wrong or the rules are silent, and either is worth knowing.

It is meant to be read by somebody who knows the rules and not the product. Each
concern has one page:

* ``daycount``    the work calendar of 2019-2026, typed anew, and counting by it
* ``cells``       what a cell says: a date, a number, a yes or no, a word, or nothing
* ``rows``        accepted, duplicate or rejected: every row ends in one of the three
* ``records``     what belongs to one application, with all that was disputed or lost
* ``timeline``    what had happened by the cut-off: submission, end, stamped steps
* ``spans``       a number of working days as a smallest and a largest value
* ``connect``     the last stage, whose start has several pieces
* ``windows``     the other stages, rounds, and all of them together
* ``overall``     the whole process and force majeure
* ``amounts``     what the user paid, which documents were asked for, how many steps
* ``population``  the rules: whom each applies to, and its limit
* ``reads``       which rows and cells a rule reads, so that losing one bars a pass
* ``rules``       the verdict of each rule, in the order of the tests
* ``signs``       stamps, entries and suspensions that do not fit: signs of tampering
* ``breaches``    steps, versions, papers and charges that should not be
* ``integrity``   the rules on such signs, and what stands in doubt beside them
* ``projects``    the two rules on approvals
* ``county``      counts and statuses of counties, cities and the province
* ``run``         one whole run, from tables of text to ``RunResult``

Beside the judgement, and apart from it, ``generate`` makes up random dumps that aim at
the limits (the pages ``drafts`` and ``draft_...`` belong to it), and ``coverage``
counts what they hit.

Numbers in brackets are paragraphs of the rules of judgement (``[12]``) and of the
settled readings (``[reading 9]``).
"""

from tests.reference.coverage import coverage
from tests.reference.generate import Dump, random_dump
from tests.reference.run import RunResult, judge_run

__all__ = ["Dump", "RunResult", "coverage", "judge_run", "random_dump"]
