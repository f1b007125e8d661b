"""Botocore's own errors, as AWS causes them."""

from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


def client_error(code: str, operation: str = "AnyOperation", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": f"{code} happened"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


def lost_answer() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="https://aws.example")
