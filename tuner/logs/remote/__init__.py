"""Calls that are counted where their logs are, so that only aggregates travel: Athena and Logs Insights.

`insights` and `athena` render the definitions of `tuner.logs` as queries; `filling` makes of their answers
the same small tables that a local archive is condensed to.
"""
