from pathlib import Path
from typing import Never

import pytest
from botocore.exceptions import NoCredentialsError

from infra.bucket import object_url
from infra.cloud import Cloud, open_aws, open_local
from infra.errors import CredentialsMissing, ProfileMissing, RegionMissing


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which nobody has set up AWS."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_missing_region_says_how_to_set_one() -> None:
    with pytest.raises(RegionMissing, match="--region"):
        open_aws()


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_either_variable_sets_the_region(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv(name, "eu-west-1")
    assert open_aws().region == "eu-west-1"


def test_missing_credentials_say_how_to_get_some() -> None:
    with pytest.raises(CredentialsMissing, match="aws configure"):
        open_aws("eu-west-1")


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ProfileMissing, match="'nobody'"):
        open_aws("eu-west-1", "nobody")


def test_credentials_in_the_environment_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    cloud = open_aws("eu-west-1")
    assert (cloud.region, cloud.local) == ("eu-west-1", False)


def test_an_account_that_does_not_answer_is_missing_credentials() -> None:
    class Sts:
        def get_caller_identity(self) -> Never:
            raise NoCredentialsError

    local = open_local("http://127.0.0.1:1")
    with pytest.raises(CredentialsMissing):
        _ = Cloud(local.session, local.region, local.endpoint, {"sts": Sts()}).account


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://b.s3.eu-west-1.amazonaws.com/k"),
        ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/k"),
    ],
)
def test_a_template_is_read_from_its_regions_bucket(region: str, url: str) -> None:
    local = open_local("http://127.0.0.1:1")
    assert object_url(Cloud(local.session, region), "b", "k") == url
    assert object_url(local, "b", "k") == "http://127.0.0.1:1/b/k"
