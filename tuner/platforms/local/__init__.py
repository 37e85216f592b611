"""The local sandbox: the real handler, with CPU and memory that follow the memory size."""
