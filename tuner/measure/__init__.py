"""Driving a platform: which call next, within which bound, and what to think of the sample."""
