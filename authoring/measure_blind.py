"""Print what the checker says of the implementations that were written blind (tests/blind).

python -m authoring.measure_blind                  one line for each wrong one: its cause, and what the checker says
python -m authoring.measure_blind --json           the same as JSON, for a person who judges the sentences
python -m authoring.measure_blind ch08 first       only names that hold all of these words
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings

from cnnlab import check
from tests.blind.implementations import Implementation, read_all


def measure(implementation: Implementation) -> dict:
    """Return what the checker says of one implementation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = check(implementation.exercise, function=implementation.load())
    return {
        "name": implementation.name,
        "exercise": implementation.exercise,
        "right": implementation.right,
        "cause": implementation.cause,
        "passed": report.passed,
        "core": report.core,
        "code": report.diagnosis_code,
        "sentence": report.diagnosis,
        "causes": [cause.sentence for cause in getattr(report, "causes", ())],
        "seconds": round(report.seconds, 3),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m authoring.measure_blind", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only implementations whose names hold all of these words")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    chosen = [i for i in read_all() if all(word in i.name for word in options.words)]
    found = [measure(implementation) for implementation in chosen]
    if options.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return 0
    for one in found:
        if one["right"]:
            if not one["passed"]:
                print(f"FALSE ALARM {one['name']}\n  says:  {one['sentence']}")
        else:
            mark = "caught" if not one["passed"] else "MISSED"
            print(f"{mark} {one['name']} ({one['code']})\n  truth: {one['cause']}\n  says:  {one['sentence']}")
    wrong, right = [f for f in found if not f["right"]], [f for f in found if f["right"]]
    print(
        f"{sum(not f['passed'] for f in wrong)} of {len(wrong)} wrong ones caught, "
        f"{sum(f['sentence'] is not None for f in wrong if not f['passed'])} with a sentence; "
        f"{sum(not f['passed'] for f in right)} of {len(right)} right ones fail"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
