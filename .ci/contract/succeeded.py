"""Fails unless every operation of the document succeeded at least once."""

import json
import os
import urllib.request

with urllib.request.urlopen(os.environ["API_URL"] + "/openapi.json") as response:
    document = json.load(response)
operations = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
with open(os.environ["SUCCEEDED"], encoding="utf-8") as file:
    succeeded = set(file.read().split())
missing = sorted(operations - succeeded)
print(f"{len(operations) - len(missing)} of {len(operations)} operations succeeded at least once")
if missing:
    raise SystemExit("never succeeded: " + ", ".join(missing))
