"""The process that stands between the tuner and one sandbox, and outlives the tuner to clean up."""
