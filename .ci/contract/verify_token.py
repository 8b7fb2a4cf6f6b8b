"""Verifies an access token with PyJWT, by nothing but what the API publishes, and sees forged ones refused."""

import json
import os
import sys
from pathlib import Path

import jwt

API = os.environ["API_URL"]
actors = json.loads(Path("actors.json").read_text())
token = actors["token"]
keys = jwt.PyJWKClient(f"{API}/.well-known/jwks.json")


def claims(text):
    key = keys.get_signing_key_from_jwt(text)
    required = ["iss", "aud", "sub", "sid", "exp", "iat", "jti"]
    return jwt.decode(text, key, algorithms=["EdDSA"], audience="builder-api", issuer=API, options={"require": required})


found = claims(token)
assert found["sub"].startswith("usr_") and found["sid"].startswith("ses_") and found["exp"] - found["iat"] == 3600, found
assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
header, payload, signature = token.split(".")
for forged in [f"{header}.{payload}.{signature[:-8]}AAAAAAAA", f"{header}.{payload[:-4]}AAAA.{signature}"]:
    try:
        claims(forged)
    except jwt.InvalidTokenError:
        continue
    sys.exit("a forged token was accepted")
print(f"PyJWT {jwt.__version__} accepts our token by the published key and refuses forged ones")
