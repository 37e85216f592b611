"""Files of other tools, in their documented form."""

import base64
import struct
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures" / "power_tuning"
# The example of https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/master/README-INPUT-OUTPUT.md
DOCUMENTED_ADDRESS = (
    "https://lambda-power-tuning.show/"
    "#gAAAAQACAAQABsAL;ZooQR4yvkUa/pQRGRC5zRaADHUVjOftE;QdWhOEMkoziDT5Q4xhiIOMYYiDi6RNc4"
)
EXPORT_HEADER = (
    "accountId,functionArn,functionVersion,finding,numberOfInvocations,lookbackPeriodInDays,"
    "currentConfiguration_memorySize,currentConfiguration_timeout,"
    "recommendationOptions_1_configuration_memorySize,"
    "recommendationOptions_1_projectedUtilizationMetrics_durationExpected,"
    "recommendationOptions_2_configuration_memorySize,"
    "recommendationOptions_2_projectedUtilizationMetrics_durationExpected,"
    "utilizationMetrics_durationMaximum,utilizationMetrics_memoryMaximum,utilizationMetrics_durationAverage"
)


def arn(name):
    return f"arn:aws:lambda:eu-west-1:123456789012:function:{name}"


def address(sizes, durations, costs):
    """An address of the chart, whatever numbers are in it."""
    columns = (("h", sizes), ("f", durations), ("f", costs))
    parts = [base64.b64encode(struct.pack(f"<{len(v)}{kind}", *v)).decode() for kind, v in columns]
    return f"https://lambda-power-tuning.show/#{';'.join(parts)}"


def export_row(name, memory="1024", duration="212.5", version="$LATEST"):
    """A function of an export with two options: 512 MB expected to take 430 ms, and 768 MB 290 ms."""
    return (
        f"123456789012,{arn(name)}:{version},{version},NotOptimized,5000,14.0,"
        f"{memory},30,512,430.0,768,290.0,900.0,301.0,{duration}"
    )
