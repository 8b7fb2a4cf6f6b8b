"""Fails unless every operation of the document succeeded at least once, but for those that can't."""

import json
import os
import urllib.request

# They take somebody who has signed in at a provider: .ci/oidc goes that way with real ones.
IMPOSSIBLE = {"finishOidc", "linkIdentity", "unlinkIdentity"}
# It takes Stripe's signature over the body: the tests and the local Stripe give it.
IMPOSSIBLE |= {"stripeHook"}

with urllib.request.urlopen(os.environ["API_URL"] + "/openapi.json") as response:
    document = json.load(response)
operations = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
with open(os.environ["SUCCEEDED"], encoding="utf-8") as file:
    succeeded = set(file.read().split())
missing = sorted(operations - succeeded - IMPOSSIBLE)
needless = sorted(IMPOSSIBLE & succeeded | IMPOSSIBLE - operations)
if needless:
    raise SystemExit("no exceptions any more: " + ", ".join(needless))
print(f"{len(operations & succeeded)} of {len(operations)} operations succeeded at least once")
if missing:
    raise SystemExit("never succeeded: " + ", ".join(missing))
