"""One Lambda function for each deployed atom: `chalicelib.entry.atoms.ec2_start` runs `ec2.start`."""

from chalicelib.catalog.load import load_bundle
from chalicelib.entry.atom_handlers import define_handlers

HANDLERS = define_handlers(
    (name for name, atom in load_bundle().atoms.items() if atom.function_arn is None),
    globals(),
)
