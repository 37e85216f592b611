"""Ways to give a process tree the CPU share and the memory of a Lambda memory size."""
