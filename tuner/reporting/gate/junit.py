"""A result as JUnit XML: a test case for each rule, and one for the calls themselves."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from tuner.gate import Finding, Verdict
from tuner.gate.result import GateResult
from tuner.reporting.gate.comparison import TITLES, Comparison, compare_rule
from tuner.reporting.gate.headline import build_headline
from tuner.reporting.gate.phrases import failed_calls
from tuner.reporting.gate.standing import Standing, compares_anything, fails_more_often
from tuner.reporting.wording import clean

_SKIPPED = (Standing.IN_DOUBT, Standing.UNCONFIRMED, Standing.UNKNOWN)


def render_junit(result: GateResult) -> str:
    """The XML document; a result without a verdict is a skipped case, never an empty suite."""
    name = f"tuner gate {clean(result.function)}"
    suite = ET.Element("testsuite", name=name, timestamp=clean(result.created_at))
    suite.set("time", f"{result.spent.seconds:.3f}")
    said = "".join(span.text for span in build_headline(result))
    if result.verdict is None:
        ET.SubElement(_case(suite, result, "comparison"), "skipped", message=said)
    else:
        _calls(suite, result, result.verdict, said)
        for finding in result.verdict.findings:
            _rule(suite, result, finding, result.verdict)
    _count(suite)
    root = ET.Element("testsuites", name="tuner gate")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _calls(suite: ET.Element, result: GateResult, verdict: Verdict, said: str) -> None:
    """Whether both versions could be measured, and the contender fails no more often."""
    case = _case(suite, result, "calls")
    reason = clean(verdict.reasons[0]) if verdict.reasons else said
    if verdict.unusable:
        ET.SubElement(case, "error", message=said, type="not measured")
    elif fails_more_often(verdict):
        _crossed(case, result, reason)
    elif not compares_anything(verdict):
        ET.SubElement(case, "skipped", message=said)
    failures = verdict.failures
    before, after = failed_calls(failures.baseline), failed_calls(failures.contender)
    ET.SubElement(case, "system-out").text = f"baseline: {before}\nnow: {after}"


def _rule(suite: ET.Element, result: GateResult, finding: Finding, verdict: Verdict) -> None:
    case = _case(suite, result, clean(str(finding.rule)))
    row, reason = compare_rule(finding, verdict), clean(finding.reason)
    if row.standing is Standing.REGRESSION:
        _crossed(case, result, reason)
    elif row.standing in _SKIPPED:
        ET.SubElement(case, "skipped", message=reason)
    ET.SubElement(case, "system-out").text = _numbers(row, reason)


def _crossed(case: ET.Element, result: GateResult, reason: str) -> None:
    if result.acknowledged:
        ET.SubElement(case, "skipped", message=f"accepted: {clean(result.acknowledged.reason)}; {reason}")
    else:
        ET.SubElement(case, "failure", message=reason, type="regression").text = reason


def _numbers(row: Comparison, reason: str) -> str:
    """The row of the table, a title and a cell a line, and the sentence."""
    lines = [f"{title}: {cell}" for title, cell in zip(TITLES, row.cells, strict=True)]
    return "\n".join((*lines, reason))


def _case(suite: ET.Element, result: GateResult, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=f"tuner.gate.{clean(result.function)}", name=name)


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for kind, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(plural, str(len(suite.findall(f"testcase/{kind}"))))
