# ruff: noqa: N803 - the arguments are botocore's
"""EBS volumes in memory, as a part of EC2. An attached volume is in use at once, a detached one available at once."""

from typing import Any

from tests.unit.atoms.faults import client_error


class FakeVolumes:
    """Volumes by id."""

    def __init__(self) -> None:
        self.volumes: dict[str, dict[str, Any]] = {}

    def add_volume(self, volume_id: str, host: str | None = None, device: str = "/dev/sdf", **more: Any) -> None:
        self.volumes[volume_id] = {
            "VolumeId": volume_id,
            "AvailabilityZone": "us-east-1b",
            "VolumeType": "gp3",
            "Iops": 3000,
            "State": "available",
            "Tags": [{"Key": "service", "Value": "ledger"}],
            "Attachments": [],
            **more,
        }
        if host is not None:
            self.attach_volume(volume_id, host, device)

    def describe_volumes(
        self, VolumeIds: list[str] | None = None, Filters: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        keys = [value for one in Filters or [] for value in one["Values"]]
        found = [
            one
            for name, one in self.volumes.items()
            if (VolumeIds is None or name in VolumeIds) and (not keys or one["Tags"][-1]["Value"] in keys)
        ]
        if VolumeIds and not found:
            raise client_error("InvalidVolume.NotFound", "DescribeVolumes")
        return {"Volumes": found}

    def create_volume(
        self, *, AvailabilityZone: str, TagSpecifications: list[dict[str, Any]], **_: Any
    ) -> dict[str, Any]:
        name = f"vol-{len(self.volumes):x}"
        self.add_volume(name, AvailabilityZone=AvailabilityZone, Tags=TagSpecifications[0]["Tags"])
        return {"VolumeId": name, "AvailabilityZone": AvailabilityZone}

    def attach_volume(self, VolumeId: str, InstanceId: str, Device: str) -> None:
        place = {"InstanceId": InstanceId, "Device": Device, "State": "attached"}
        self.volumes[VolumeId] |= {"State": "in-use", "Attachments": [place]}

    def detach_volume(self, VolumeId: str, InstanceId: str, Device: str) -> None:
        self.volumes[VolumeId] |= {"State": "available", "Attachments": []}
