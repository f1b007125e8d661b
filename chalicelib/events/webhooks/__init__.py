"""Signed webhooks: for each kind of sender how it proves itself and what its body says, one file each. Pure."""
