"""Proof by planting: made-up identifiers put into a copy of a trial's data, and what became of them scored.

Pure: it changes data sets and judges bytes it is given. `actions.prove` copies, runs the policy and hands both over.
"""
