"""`tuner apply RUN --alias NAME` and `--latest`: roll a recommendation out on AWS."""
