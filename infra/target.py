"""What a package is built for: a Python version, an architecture and the wheels that fit them."""

import platform
import sys
from dataclasses import dataclass
from enum import StrEnum


class Architecture(StrEnum):
    """Lambda's two processors, by Lambda's names."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a package will run. `wheels` is uv's name of the platform, None for this very machine."""

    python: str
    """Major and minor version, `3.11`: always the one that runs the build, since it compiles the bytecode."""
    architecture: Architecture
    wheels: str | None


_AWS_WHEELS = {
    Architecture.X86_64: "x86_64-manylinux2014",
    Architecture.ARM64: "aarch64-manylinux2014",
}


def target_aws(architecture: Architecture = Architecture.X86_64) -> Target:
    """Build for AWS Lambda; manylinux2014 runs on every image of Lambda."""
    return Target(_running_python(), architecture, _AWS_WHEELS[architecture])


def target_here() -> Target:
    """Build for the local AWS, whose functions are processes of this machine."""
    arm = platform.machine().lower() in {"arm64", "aarch64"}
    return Target(_running_python(), Architecture.ARM64 if arm else Architecture.X86_64, None)


def _running_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
