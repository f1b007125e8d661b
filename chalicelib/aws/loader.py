"""botocore's data files without the two readings that cost a cold start most and tell our clients next to nothing.

Where a service is, its own rule set says. Of `endpoints.json`, 1.2 MB by which botocore found that before, a client of a
regional service still takes which partition its region is of; `partitions.json` says so in 7 KB. And that botocore knows
a service follows from the name of its directory, without a look into those of the four hundred others.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.loaders import Loader


class BriefLoader(Loader):
    """For clients of regional services: those of a global one, such as IAM, would sign for the wrong region."""

    def list_available_services(self, _type_name: str) -> list[str]:
        """Name what has a directory in a search path."""
        places = [Path(one) for one in self.search_paths]
        return [one.name for place in places if place.is_dir() for one in place.iterdir()]

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """Give a file's data and where it was found. Raises DataNotFoundError."""
        if name != "endpoints":
            found: tuple[Any, str] = super().load_data_with_path(name)
            return found
        data, path = super().load_data_with_path("partitions")
        return {"version": 3, "partitions": [_describe_partition(one) for one in data["partitions"]]}, path


def _describe_partition(partition: Mapping[str, Any]) -> dict[str, Any]:
    """Write a partition as `endpoints.json` does, with the hosts that its services have unless they say otherwise."""
    outputs = partition["outputs"]
    plain, dual = outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]
    host, fips_host = "{service}.{region}.{dnsSuffix}", "{service}-fips.{region}.{dnsSuffix}"
    return {
        "partition": partition["id"],
        "dnsSuffix": plain,
        "regionRegex": partition["regionRegex"],
        "regions": partition["regions"],
        "defaults": {
            "hostname": host,
            "protocols": ["https"],
            "signatureVersions": ["v4"],
            "variants": [
                {"dnsSuffix": plain, "hostname": fips_host, "tags": ["fips"]},
                {"dnsSuffix": dual, "hostname": host, "tags": ["dualstack"]},
                {"dnsSuffix": dual, "hostname": fips_host, "tags": ["dualstack", "fips"]},
            ],
        },
        "services": {},
    }
