"""Concurrency: how much a function needs, what to reserve and to provision, and what a burst does.

Pure functions over frozen records. `advise` answers from plain numbers, `climb` shows a burst under a
scaling rule, `sources` says how each way of invoking behaves, and `simulation` plays a whole account.
"""
