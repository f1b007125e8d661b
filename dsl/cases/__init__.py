"""Cases: what a workflow should do, rehearsed offline. One `<name>.cases.yaml` lies beside each `<name>.yaml`."""
