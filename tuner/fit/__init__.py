"""From invocations to a duration curve with an interval at every memory size."""
