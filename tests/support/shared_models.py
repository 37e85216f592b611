"""boto3 reads the models of the services once in a process, not once in a session."""

import functools

import botocore.session

botocore.session.create_loader = functools.cache(botocore.session.create_loader)
