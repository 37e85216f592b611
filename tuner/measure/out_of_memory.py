"""How a record or an answer shows that a call ran out of memory: the marks, for all who look for them."""

ERROR_NAMES = ("Runtime.OutOfMemory", "java.lang.OutOfMemoryError", "MemoryError", "OutOfMemory")
"""What the type of the error ends with."""
FULL = 0.98
"""A call that broke off with this share of its memory in use ran out of it, whatever it says."""
