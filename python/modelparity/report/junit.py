"""The report as JUnit XML, which build systems show: a suite for each runtime, a test for each cell."""

import xml.etree.ElementTree as ET

from modelparity.contract import report_pb2
from modelparity.errors import printable
from modelparity.harness.reports import verdict_name


def to_junit(report: report_pb2.Report) -> str:
    """Returns the XML text.

    A cell that fails as the expectations say is a test that passes; it says so in its output. A
    stale line of the expectations is a test that fails. What XML cannot hold stands there as an escape.
    """
    root = ET.Element("testsuites", name="modelparity")
    suites: dict[str, ET.Element] = {}

    def add(suite: str, classname: str, name: str, seconds: float) -> ET.Element:
        if suite not in suites:
            suites[suite] = ET.SubElement(root, "testsuite", name=printable(suite))
        return ET.SubElement(
            suites[suite],
            "testcase",
            classname=printable(classname),
            name=printable(name),
            time=f"{seconds:.6f}",
        )

    for cell in report.cells:
        test = add(
            cell.runtime,
            f"{cell.runtime}.{cell.format}",
            f"{cell.model} {cell.signature}/{cell.case}".lstrip(),
            cell.run_seconds,
        )
        verdict = verdict_name(cell.verdict)
        if not cell.ok:
            message = cell.message or "is listed in the expectations, and matches now"
            ET.SubElement(test, "failure", type=verdict, message=printable(message))
        elif cell.message:
            ET.SubElement(test, "system-out").text = printable(f"known: {verdict}: {cell.message}")
    for line in report.stale_expectations:
        test = add("expectations", "expectations", line, 0)
        ET.SubElement(test, "failure", type="stale", message="no cell bears this line out")
    for suite in [*suites.values(), root]:
        suite.set("tests", str(len(suite.findall(".//testcase"))))
        suite.set("failures", str(len(suite.findall(".//failure"))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
