"""The sources that are read for observations, one file each."""
