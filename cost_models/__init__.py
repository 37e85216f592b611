"""Prices of serverless platforms, and models of functions that stand in for real ones.

Knows nothing of `tuner`: prices and workloads are useful, and tested, without it.
"""
