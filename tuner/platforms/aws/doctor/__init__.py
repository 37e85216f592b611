"""Checks before a run: who calls, what is allowed, whether a function can be measured, what it lacks."""
