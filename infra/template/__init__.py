"""The one CloudFormation template: each module turns data into resources, `assemble` puts them together."""
