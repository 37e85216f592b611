"""What tests compare of a function on AWS."""

from cost_models.workload import Noise, PhysicalDuration, Workload

# One thread that computes for 300 ms at one vCPU, with hardly any noise: the answers do not hang on luck.
STEADY = Workload(
    "steady", PhysicalDuration(5, 300), noise=Noise(0.01), init_duration_ms=120, used_memory_mb=45
)
OWN_BY_AWS = ("RevisionId", "LastModified")


def as_it_was(aws, name="my-func"):
    """What may be compared byte for byte: AWS gives every change a new revision and date."""
    return {key: value for key, value in aws.configuration(name).items() if key not in OWN_BY_AWS}
