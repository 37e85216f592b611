"""All functions of a log archive, or of accounts and regions, ranked by what tuning them would save.

`from_logs` and `from_aws` say what is known of each function, `assess` prices it, bounds or takes over what
tuning saves, and raises `flags`; `ranking` puts them in order. `campaign` then tunes the first ones.
"""
