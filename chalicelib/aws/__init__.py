"""The edge: the only code that ships which knows botocore."""
