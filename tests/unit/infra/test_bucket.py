from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.bucket import ensure_bucket, name_bucket, upload
from infra.cloud import Cloud, open_local
from infra.errors import BucketForeign


class FakeS3:
    """Buckets by name, with the objects in them; `refuses` is the HTTP status of a bucket that is not ours."""

    def __init__(self, refuses: int | None = None, taken: bool = False) -> None:  # noqa: FBT001, FBT002
        self.buckets: dict[str, dict[str, bytes]] = {}
        self.requests: list[dict[str, Any]] = []
        self.private: list[str] = []
        self.refuses = refuses
        self.taken = taken

    def head_bucket(self, **request: Any) -> None:
        if self.refuses or request["Bucket"] not in self.buckets:
            raise make_error("HeadBucket", self.refuses or 404)

    def create_bucket(self, **request: Any) -> None:
        if self.taken:
            raise make_error("CreateBucket", 409)
        self.requests.append(request)
        self.buckets[request["Bucket"]] = {}

    def put_public_access_block(self, **request: Any) -> None:
        assert all(request["PublicAccessBlockConfiguration"].values())
        self.private.append(request["Bucket"])

    def head_object(self, **request: Any) -> None:
        if request["Key"] not in self.buckets[request["Bucket"]]:
            raise make_error("HeadObject", 404)

    def put_object(self, **request: Any) -> None:
        self.requests.append(request)
        self.buckets[request["Bucket"]][request["Key"]] = request["Body"]


class FakeSts:
    """An account that knows itself."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


def make_error(operation: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": f"Http{status}"}, "ResponseMetadata": metadata}, operation)


def make_cloud(s3: FakeS3, region: str = "eu-west-1") -> Cloud:
    return Cloud(open_local("http://127.0.0.1:1").session, region, None, {"s3": s3, "sts": FakeSts()})


def test_a_bucket_is_named_after_its_account_and_region() -> None:
    assert name_bucket(make_cloud(FakeS3())) == "interlock-artifacts-123456789012-eu-west-1"


@pytest.mark.parametrize(
    ("region", "location"), [("eu-west-1", {"LocationConstraint": "eu-west-1"}), ("us-east-1", None)]
)
def test_a_missing_bucket_is_made_private_in_its_region(region: str, location: dict[str, str] | None) -> None:
    s3 = FakeS3()
    ensure_bucket(make_cloud(s3, region), "b")
    assert s3.requests[0].get("CreateBucketConfiguration") == location
    assert s3.private == ["b"]


def test_a_bucket_that_is_there_is_left_as_it_is() -> None:
    s3 = FakeS3()
    s3.buckets["b"] = {}
    ensure_bucket(make_cloud(s3), "b")
    assert s3.requests == []


@pytest.mark.parametrize("s3", [FakeS3(refuses=403), FakeS3(taken=True)], ids=["not ours", "name taken"])
def test_a_bucket_of_somebody_else_is_refused(s3: FakeS3) -> None:
    with pytest.raises(BucketForeign, match="--bucket"):
        ensure_bucket(make_cloud(s3), "b")


def test_the_same_content_is_sent_once() -> None:
    s3 = FakeS3()
    s3.buckets["b"] = {}
    cloud = make_cloud(s3)
    upload(cloud, "b", "k", b"x")
    upload(cloud, "b", "k", b"x")
    assert len(s3.requests) == 1
    assert s3.requests[0]["ExpectedBucketOwner"] == "123456789012"
