"""Writes a packaged template with a fault in what is made last: the nested template isn't given a parameter that has no default.

    break_template.py PACKAGED BROKEN
"""

import json
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse


def main(packaged: Path, broken: Path) -> None:
    template = yaml_parse(packaged.read_text())
    # It waits for the outputs of the data, the queues and the functions, so these are there when it fails.
    del template["Resources"]["Observability"]["Properties"]["Parameters"]["Stage"]
    broken.write_text(json.dumps(template, indent=1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
