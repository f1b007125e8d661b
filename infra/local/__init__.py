"""The local AWS: MiniStack in an environment and a process group of its own, on 127.0.0.1 and a free port."""
