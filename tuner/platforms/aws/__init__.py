"""AWS Lambda itself, through boto3 with the caller's own credentials."""
