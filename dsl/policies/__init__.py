"""Policy files: rules, services, control and catalog, compiled to the catalog's model."""
