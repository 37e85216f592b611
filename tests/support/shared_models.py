"""boto3 reads the models of the services once in a process, not once in a session: that is most of a client."""

import functools

import boto3
import botocore.session

botocore.session.create_loader = functools.cache(botocore.session.create_loader)


def _read():
    session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    session.client("lambda")


_read()
