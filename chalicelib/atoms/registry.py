"""Every atom that ships, by name: the module that holds it as `ATOM`.

Modules, not objects, so that the function of one atom imports that atom only.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from chalicelib.atoms.contract import Atom

MODULES: dict[str, str] = {
    "acm.request": "chalicelib.atoms.acm.request",
    "acm.wait_issued": "chalicelib.atoms.acm.wait_issued",
    "acm.wait_record": "chalicelib.atoms.acm.wait_record",
    "autoscaling.describe_group": "chalicelib.atoms.autoscaling.describe_group",
    "autoscaling.enter_standby": "chalicelib.atoms.autoscaling.enter_standby",
    "autoscaling.exit_standby": "chalicelib.atoms.autoscaling.exit_standby",
    "autoscaling.resume_processes": "chalicelib.atoms.autoscaling.resume_processes",
    "autoscaling.set_capacity": "chalicelib.atoms.autoscaling.set_capacity",
    "autoscaling.start_refresh": "chalicelib.atoms.autoscaling.start_refresh",
    "autoscaling.suspend_processes": "chalicelib.atoms.autoscaling.suspend_processes",
    "autoscaling.terminate_instance": "chalicelib.atoms.autoscaling.terminate_instance",
    "autoscaling.wait_refresh": "chalicelib.atoms.autoscaling.wait_refresh",
    "autoscaling.wait_steady": "chalicelib.atoms.autoscaling.wait_steady",
    "cloudwatch.alarm_state": "chalicelib.atoms.cloudwatch.alarm_state",
    "cloudwatch.compare_metric": "chalicelib.atoms.cloudwatch.compare_metric",
    "ec2.attach_volume": "chalicelib.atoms.ec2.attach_volume",
    "ec2.create_volume": "chalicelib.atoms.ec2.create_volume",
    "ec2.describe": "chalicelib.atoms.ec2.describe",
    "ec2.detach_volume": "chalicelib.atoms.ec2.detach_volume",
    "ec2.reboot": "chalicelib.atoms.ec2.reboot",
    "ec2.snapshot": "chalicelib.atoms.ec2.snapshot",
    "ec2.start": "chalicelib.atoms.ec2.start",
    "ec2.stop": "chalicelib.atoms.ec2.stop",
    "ec2.tag": "chalicelib.atoms.ec2.tag",
    "ec2.terminate": "chalicelib.atoms.ec2.terminate",
    "ec2.wait_snapshot": "chalicelib.atoms.ec2.wait_snapshot",
    "ec2.wait_state": "chalicelib.atoms.ec2.wait_state",
    "ec2.wait_volume": "chalicelib.atoms.ec2.wait_volume",
    "ecs.describe_services": "chalicelib.atoms.ecs.describe_services",
    "ecs.force_deployment": "chalicelib.atoms.ecs.force_deployment",
    "ecs.roll_back": "chalicelib.atoms.ecs.roll_back",
    "ecs.scale": "chalicelib.atoms.ecs.scale",
    "ecs.wait_stable": "chalicelib.atoms.ecs.wait_stable",
    "elb.deregister": "chalicelib.atoms.elb.deregister",
    "elb.describe_targets": "chalicelib.atoms.elb.describe_targets",
    "elb.register": "chalicelib.atoms.elb.register",
    "elb.set_certificate": "chalicelib.atoms.elb.set_certificate",
    "elb.shift_weights": "chalicelib.atoms.elb.shift_weights",
    "elb.wait_drained": "chalicelib.atoms.elb.wait_drained",
    "elb.wait_group": "chalicelib.atoms.elb.wait_group",
    "elb.wait_healthy": "chalicelib.atoms.elb.wait_healthy",
    "http.call": "chalicelib.atoms.http.call",
    "notify.sns": "chalicelib.atoms.notify.sns",
    "notify.webhook": "chalicelib.atoms.notify.webhook",
    "rds.failover": "chalicelib.atoms.rds.failover",
    "rds.snapshot": "chalicelib.atoms.rds.snapshot",
    "rds.snapshot_instance": "chalicelib.atoms.rds.snapshot_instance",
    "rds.wait": "chalicelib.atoms.rds.wait",
    "rds.wait_instance": "chalicelib.atoms.rds.wait_instance",
    "secretsmanager.restore_version": "chalicelib.atoms.secretsmanager.restore_version",
    "secretsmanager.wait_version": "chalicelib.atoms.secretsmanager.wait_version",
    "ssm.get_parameter": "chalicelib.atoms.ssm.get_parameter",
    "ssm.run_command": "chalicelib.atoms.ssm.run_command",
    "ssm.wait_command": "chalicelib.atoms.ssm.wait_command",
}

CONTENT = "chalicelib.content"
"""The package of atoms that are not the library's: one is found by its name, `billing.close` in `billing/close.py`."""

AnyAtom = Atom[Any, Any]


def get_atom(name: str) -> AnyAtom:
    """Load one atom of the library or of the content that was packaged. Raises ModuleNotFoundError for any other."""
    atom: AnyAtom = import_module(MODULES.get(name, f"{CONTENT}.{name}")).ATOM
    return atom


class Library(Mapping[str, AnyAtom]):
    """The atoms by name, each loaded when it is first asked for: a compiler run pays for those that are used."""

    def __getitem__(self, name: str) -> AnyAtom:
        """Load one atom. Raises KeyError."""
        atom: AnyAtom = import_module(MODULES[name]).ATOM
        return atom

    def __iter__(self) -> Iterator[str]:
        """Give the names in the order of the registry."""
        return iter(MODULES)

    def __len__(self) -> int:
        """Count them."""
        return len(MODULES)


def get_atoms() -> Mapping[str, AnyAtom]:
    """Give all of them, in the order of the registry."""
    return Library()
