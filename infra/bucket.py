"""The artifact bucket: a template above 51,200 bytes can only be read from one."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.cloud import Cloud
from infra.errors import BucketForeign

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CreateBucketRequestTypeDef

_NO_LOCATION = "us-east-1"
"""The one region whose buckets are made without naming it."""


def name_bucket(cloud: Cloud) -> str:
    """Give the artifact bucket's name: one per account and region, shared by all stages."""
    return f"interlock-artifacts-{cloud.account}-{cloud.region}"


def ensure_bucket(cloud: Cloud, bucket: str) -> None:
    """Make the bucket, private, if there is none. Raises BucketForeign when it is someone else's."""
    try:
        cloud.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=cloud.account)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status != 404:  # noqa: PLR2004 - HTTP's own number
            raise BucketForeign(bucket=bucket, cause=f"HTTP {status}") from error
        _create_bucket(cloud, bucket)


def upload(cloud: Cloud, bucket: str, key: str, content: bytes) -> None:
    """Put content under a key that names it by hash; content that is there already is not sent again."""
    try:
        cloud.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:  # noqa: PLR2004
            raise BucketForeign(bucket=bucket, cause=str(error)) from error
        cloud.s3.put_object(Bucket=bucket, Key=key, Body=content, ExpectedBucketOwner=cloud.account)


def object_url(cloud: Cloud, bucket: str, key: str) -> str:
    """Give the URL by which CloudFormation reads an object."""
    if cloud.endpoint is not None:
        return f"{cloud.endpoint}/{bucket}/{key}"
    suffix = "amazonaws.com.cn" if cloud.region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{cloud.region}.{suffix}/{key}"


def _create_bucket(cloud: Cloud, bucket: str) -> None:
    request: CreateBucketRequestTypeDef = {"Bucket": bucket}
    if cloud.region != _NO_LOCATION:
        request["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}  # type: ignore[typeddict-item]
    try:
        cloud.s3.create_bucket(**request)
        cloud.s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
    except ClientError as error:
        raise BucketForeign(bucket=bucket, cause=error.response["Error"]["Code"]) from error
