"""What `tuner concurrency` found, as pages and JSON documents. Nothing here decides or prints."""
