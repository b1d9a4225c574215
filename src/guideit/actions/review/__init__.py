"""Verbs on findings: see them, decide on what they concern, alone or with a second reader."""

from guideit.actions.review.decisions import Decision, decide, decide_all, findings
from guideit.actions.review.unresolved import unresolved

__all__ = ["Decision", "decide", "decide_all", "findings", "unresolved"]
