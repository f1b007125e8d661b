"""IAM users who ask over the API: with `AUTH=true` the local AWS checks their signature and their policy."""

import json
from dataclasses import replace

import boto3

from infra.cloud import Cloud


def make_principal(cloud: Cloud, name: str) -> Cloud:
    """Create a user who may call the API and nothing else; give the account as that user sees it."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="call-the-api", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        region_name=cloud.region,
    )
    return replace(cloud, session=session, clients={})
