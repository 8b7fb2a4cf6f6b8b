"""Invokes every function that `cargo lambda watch` serves, and prints `N passed, M failed`.

Knows the data folder of the stack ($DATA) and the port of cargo-lambda ($WATCH_PORT).
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

EVENTS = Path("events")
PORT = os.environ["WATCH_PORT"]
STACK = dict(line.split("=", 1) for line in (Path(os.environ["DATA"]) / "lambda.env").read_text().splitlines())
# What the sample events say where a person's own values belong.
EMAIL, ADMIN, SKU = "ada@example.com", "admin@example.com", "TEA-250"
KEY, TOKEN = "5f0d6f1c-9f0e-4a52-8a44-1f6f6a6b7c8d", "eyJhbGciOiJFZERTQSJ9.e30.c2FtcGxl"
MAILED, REFRESH = "sample-token-from-the-mail", "sample-refresh-token"
PRODUCT, OTHER_PRODUCT = "prd_01m7w6c380e8vtkhd7mh6hksbc", "prd_01m7w6c380emdrms7zf3cks9gg"
PAYMENT, INVOICE = "pay_01m7w6c380ewerr5d6grc7qdnv", "inv_01m7w6c380ewerr5d6grc7qdnv"
ORDER, SESSION = "ord_01m7w6c380ewerr5d6grc7qdnv", "ses_01m7w6c380ewerr5d6grc7qdnv"
USER, KEY_ID = "usr_01m7w6c380ewerr5d6grc7qdnv", "key_01m7w6c380ewerr5d6grc7qdnv"
PASSWORD, ANOTHER = "correct horse battery staple 7", "another horse, another battery"
RESET = "pt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
CONFIRM, UNDO = "ec_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "eu_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
CHALLENGE, CODE = "ch_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAADAAAAAGkg", "123456"
# What the samples are answered as they stand. All others are 401: their tokens are nobody's.
AS_THEY_STAND = {
    "confirm-email-change": 422, "docs": 200, "docs-asset": 200, "finish-oidc": 404, "forgot-password": 202, "health": 200, "jwks": 200, "list-oidc-providers": 200, "logout": 204, "not-found": 404, "openapi": 200, "problem": 200, "ready": 200,
    "register": 202, "resend-verification": 202, "reset-password": 422, "security-txt": 404, "start-oidc": 404, "stripe-hook": 400, "undo-email-change": 422, "verify-email": 422,
}  # fmt: skip
JOBS = ["bootstrap-admin", "delete-accounts", "expire-orders", "reapply-erasures", "reconcile-payments", "relay-events", "remind-overdue", "rotate-signing-key", "seal-audit", "send-email", "sequence-events", "settle-payments", "verify-audit"]
# Their samples name resources that don't exist: they fail, so that the message is delivered again and becomes a dead letter.
MISSED = ["issue-invoices", "write-document"]
passed = failed = 0


class Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere: where an answer leads is looked at apart."""

    def redirect_request(self, *_):
        return None


STAY = urllib.request.build_opener(Stay)


def check(what: str, ok: bool, seen: object) -> None:
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAILED  {what}: {str(seen)[:600]}")


class Answer:
    def __init__(self, status: int, headers: dict, body: str):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers.items()}

    @property
    def data(self) -> dict:
        """What a success carries; empty otherwise, so that what follows fails, too, and is counted."""
        return json.loads(self.body).get("data", {}) if 200 <= self.status < 300 and self.body else {}

    def __str__(self) -> str:
        return f"{self.status} {self.body}"


def invoke(name: str, file: Path) -> object:
    """`cargo lambda invoke`, as the README has it but for the port. Gives what the function gives, or None if that fails."""
    command = ["cargo", "lambda", "invoke", "--invoke-address", "127.0.0.1", "--invoke-port", PORT, name, "--data-file", file]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if ended.returncode:
        print(ended.stderr.strip())
        return None
    return json.loads(ended.stdout)


def by_invocation(name: str, event: dict) -> Answer:
    file = Path(os.environ["DATA"]) / "event.json"
    file.write_text(json.dumps(event))
    given = invoke(name, file) or {"statusCode": 0, "headers": {}, "body": "no answer"}
    body = given["body"] if not given["isBase64Encoded"] else base64.b64decode(given["body"]).decode()
    return Answer(given["statusCode"], given["headers"], body)


def over_http(name: str, event: dict) -> Answer:
    http = event["requestContext"]["http"]
    query = f"?{event['rawQueryString']}" if event["rawQueryString"] else ""
    kept = {"accept", "authorization", "content-type", "idempotency-key", "if-match"}
    headers = {name: value for name, value in event["headers"].items() if name in kept}
    body = event["body"].encode() if "body" in event else None
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{event['rawPath']}{query}", body, headers, method=http["method"])
    try:
        answer = STAY.open(request, timeout=300)
    except urllib.error.HTTPError as error:
        answer = error
    return Answer(answer.status, dict(answer.headers), answer.read().decode())


def mailed_token(email: str, prefix: str) -> str:
    """The token with this prefix in a mail to this address, which the stack's own functions send."""
    for _ in range(200):
        with urllib.request.urlopen(f"{STACK['PUBLIC_URL']}/_local/emails?to={email}") as response:
            for mail in json.load(response)["data"]:
                if f"token={prefix}" in mail["text"]:
                    return urllib.parse.unquote(mail["text"].split("token=")[1].split()[0])
        time.sleep(0.1)
    return MAILED


def totp(secret: str) -> str:
    """The code that an authenticator app shows now (RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    (number,) = struct.unpack(">I", digest[digest[19] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


class Journey:
    """Sends the sample events of one person, with that person's values in place of the sample's."""

    def __init__(self, send, who: str):
        self.send, self.who = send, who
        self.email = f"ada-{who}@example.com"
        self.values = {EMAIL: self.email, SKU: f"TEA-{who}", KEY: str(uuid.uuid4())}
        self.walked = set()

    def ask(self, name: str, status: int | tuple[int, ...], values: dict | None = None, **headers: str) -> Answer:
        text = (EVENTS / f"{name}.json").read_text()
        for sample, value in (self.values | (values or {})).items():
            text = text.replace(sample, value)
        event = json.loads(text)
        event["headers"].update({name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.send(name, event)
        self.walked.add(name)
        expected = status if isinstance(status, tuple) else (status,)
        check(f"{name} {self.who}", answer.status in expected, f"{answer} instead of {status}")
        return answer

    def pay(self, own: dict, admin: dict) -> None:
        self.ask("list-order-payments", 200, own)
        started = self.ask("start-payment", 201, own)
        self.values[PAYMENT] = started.data.get("id", PAYMENT)
        check(f"start-payment {self.who} gives what a browser needs", "_secret_" in started.data.get("clientSecret", ""), started)
        self.ask("get-payment", 200, own)
        self.ask("request-refund", 409, admin)
        self.ask("get-refund", 404, own)
        self.ask("complete-order", 409, admin)
        self.ask("list-balances", 200, admin)
        self.ask("stripe-hook", 400)

    def invoice(self, own: dict, admin: dict) -> None:
        issued = self.ask("issue-invoice", 201, admin)
        self.values[INVOICE] = issued.data.get("id", INVOICE)
        listed = self.ask("list-invoices", 200, own)
        check(f"list-invoices {self.who}", [row["number"] for row in listed.data] == [issued.data.get("number")], listed)
        # The stack's own worker writes the file.
        for _ in range(100):
            if self.ask("get-invoice", 200, own).data.get("file"):
                break
            time.sleep(0.2)
        file = self.ask("get-invoice-pdf", 200, own)
        with urllib.request.urlopen(file.data["url"]) as saved:
            check(f"get-invoice-pdf {self.who} leads to the file", saved.read(5) == b"%PDF-", saved.headers)
        self.ask("send-invoice", 200, admin)
        void = self.ask("void-invoice", 200, admin)
        check(f"void-invoice {self.who}", void.data.get("status") == "void" and len(void.data["creditNotes"]) == 1, void)

    def sign_in(self, email: str) -> dict:
        return self.ask("login", 200, {EMAIL: email}).data or {"accessToken": TOKEN, "refreshToken": REFRESH}

    def walk(self) -> None:
        for name in ["docs", "docs-asset", "health", "openapi", "problem", "ready"]:
            self.ask(name, 200)
        self.ask("not-found", 404)

        self.ask("register", 202)
        self.ask("resend-verification", 202)
        self.ask("verify-email", 200, {MAILED: mailed_token(self.email, "vt_")})
        session = self.sign_in(self.email)
        self.ask("jwks", 200)
        session = self.ask("refresh-token", 200, {REFRESH: session["refreshToken"]}).data or session
        own = {TOKEN: session["accessToken"]}
        me = self.ask("get-me", 200, own)
        self.ask("update-me", 200, own, if_match=me.headers.get("etag", ""))
        export = self.ask("export-me", 200, own)
        check(f"export-me {self.who}", export.data.get("profile", {}).get("email") == self.email and export.data["cursor"] is None, export)

        admin = {TOKEN: self.sign_in(ADMIN)["accessToken"]}
        created = self.ask("create-product", 201, admin)
        other = self.ask("create-product", 201, admin | {SKU: f"CUP-{self.who}", KEY: str(uuid.uuid4())})
        self.values |= {PRODUCT: created.data.get("id", PRODUCT), OTHER_PRODUCT: other.data.get("id", OTHER_PRODUCT)}
        self.ask("adjust-stock", 200, admin)
        listed = self.ask("list-products", 200, own)
        ids = {product["id"] for product in listed.data}
        check(f"list-products {self.who} lists what is for sale", {self.values[PRODUCT], self.values[OTHER_PRODUCT]} <= ids, listed)

        placed = self.ask("place-order", 201, own)
        self.values[ORDER] = placed.data.get("id", ORDER)
        got = self.ask("get-order", 200, own)
        check(f"get-order {self.who} gives what place-order gave", got.data == placed.data != {}, got)
        self.ask("list-orders", 200, own)
        self.pay(own, admin)
        self.invoice(own, admin)
        self.ask("cancel-order", 200, own)
        history = self.ask("list-order-events", 200, own)
        check(f"list-order-events {self.who} has all five", len(history.data) == 5, history)

        product = self.ask("get-product", 200, own)
        updated = self.ask("update-product", 200, admin, if_match=product.headers.get("etag", ""))
        self.ask("archive-product", 204, admin, if_match=updated.headers.get("etag", ""))
        self.ask("logout", 204, own)
        self.ask("get-me", 401, own)
        self.identity(admin)

    def identity(self, admin: dict) -> None:
        """Sessions, keys, the second factor and the password of the person, who is forgotten in the end."""
        own = {TOKEN: self.sign_in(self.email)["accessToken"]}
        self.sign_in(self.email)
        sessions = self.ask("list-sessions", 200, own).data
        other = next((session["id"] for session in sessions if not session["current"]), SESSION)
        self.ask("end-session", 204, own | {SESSION: other})
        self.ask("end-other-sessions", 204, own)

        # No provider is configured here: .ci/oidc goes the way with two of them.
        self.ask("list-oidc-providers", 200)
        self.ask("start-oidc", 404)
        self.ask("finish-oidc", 404)
        self.ask("list-identities", 200, own)
        self.ask("start-identity-link", 404, own)
        self.ask("link-identity", 404, own)
        self.ask("unlink-identity", 404, own)

        key = {KEY_ID: self.ask("create-api-key", 201, own).data.get("id", KEY_ID)}
        self.ask("list-api-keys", 200, own)
        self.ask("get-api-key", 200, own | key)
        user = {USER: self.ask("get-me", 200, own).data.get("id", USER)}
        self.ask("list-user-api-keys", 200, admin | user)
        self.ask("revoke-user-api-key", 204, admin | user | key)
        key = {KEY_ID: self.ask("create-api-key", 201, own).data.get("id", KEY_ID)}
        self.ask("revoke-api-key", 204, own | key)

        self.second_factor(own)
        self.ask("remove-second-factor", 204, admin | user)
        codes = self.second_factor(own)
        challenge = self.ask("login", 200, {EMAIL: self.email}).data.get("challenge", CHALLENGE)
        self.ask("login-second-factor", 200, {CHALLENGE: challenge, CODE: codes[0]})
        self.ask("get-second-factor", 200, own)
        renewed = self.ask("renew-backup-codes", 200, own | {CODE: codes[1]}).data.get("backupCodes", [CODE])
        self.ask("disable-second-factor", 204, own | {CODE: renewed[0]})

        another = f"king-{self.who}@example.com"
        self.ask("change-email", 202, own | {"ada.king@example.com": another})
        self.ask("confirm-email-change", 200, {CONFIRM: mailed_token(another, "ec_")})
        self.ask("undo-email-change", 200, {UNDO: mailed_token(self.email, "eu_")})
        self.ask("forgot-password", 202)
        self.ask("reset-password", 204, {RESET: mailed_token(self.email, "pt_")})
        own = {TOKEN: self.ask("login", 200, {PASSWORD: ANOTHER}).data.get("accessToken", TOKEN)}
        self.ask("change-password", 204, own | {ANOTHER: "a third horse, a third battery", PASSWORD: ANOTHER})
        self.ask("delete-me", 202, own)

        self.ask("list-users", 200, admin)
        read = self.ask("get-user", 200, admin | user)
        updated = self.ask("update-user", 200, admin | user, if_match=read.headers.get("etag", ""))
        self.ask("list-user-events", 200, admin | user)
        trail = self.ask("list-audit-events", 200, admin)
        check(f"list-audit-events {self.who} has the newest", trail.data and trail.data[0]["type"] == "user.role_changed", trail)
        self.ask("list-events", 200, admin)
        self.ask("end-user-sessions", 204, admin | user)
        self.ask("get-me", 401, own)
        read = self.ask("get-user", 200, admin | user)
        check(f"update-user {self.who}", updated.data.get("role") == read.data.get("role") == "admin", read)
        self.settings(admin)
        self.ask("erase-user", 204, admin | user, if_match=read.headers.get("etag", ""))
        self.ask("get-user", 404, admin | user)

    def settings(self, admin: dict) -> None:
        read = self.ask("get-settings", 200, admin)
        replaced = self.ask("replace-settings", 200, admin, if_match=read.headers.get("etag", ""))
        check(f"replace-settings {self.who}", replaced.data.get("limits") == {"orderExpiryHours": 24}, replaced)
        # What the function has read of the settings may be five minutes old.
        self.ask("security-txt", (200, 404))
        shown = self.ask("replace-logo", 200, admin, if_match=replaced.headers.get("etag", ""))
        check(f"replace-logo {self.who}", shown.data.get("branding", {}).get("logo", {}).get("contentType") == "image/png", shown)
        history = self.ask("list-settings-events", 200, admin)
        check(f"list-settings-events {self.who}", len(history.data) == 2, history)

    def second_factor(self, own: dict) -> list[str]:
        secret = self.ask("enrol-second-factor", 200, own).data.get("secret", "")
        return self.ask("confirm-second-factor", 200, own | {CODE: totp(secret)}).data.get("backupCodes", [CODE, CODE])


def as_they_stand(names: list[str]) -> None:
    for name in names:
        given = invoke(name, EVENTS / f"{name}.json")
        if name in MISSED:
            check(f"{name} as it stands", given is None or "errorType" in given, given)
        elif name in JOBS:
            check(f"{name} as it stands", given is not None and not (given or {}).get("batchItemFailures"), given)
        else:
            status, wanted = (given or {}).get("statusCode"), AS_THEY_STAND.get(name, 401)
            check(f"{name} as it stands", status == wanted, f"{given} instead of {wanted}")


def journeys(names: list[str]) -> None:
    for send, who in [(by_invocation, "invoked"), (over_http, "http")]:
        journey = Journey(send, who)
        journey.walk()
        left = set(names) - set(JOBS) - set(MISSED) - journey.walked
        check(f"every route was {who}", not left, left)


def wrong_turns() -> None:
    """Where no route is, the gateway asks `$default`; so does cargo-lambda's router."""
    for method, path, status in [("PUT", "/api/v1/orders", 405), ("GET", "/", 404), ("POST", "/api/v2", 404)]:
        event = {"requestContext": {"http": {"method": method}}, "rawPath": path, "rawQueryString": "", "headers": {}}
        answer = over_http("not-found", event)
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        check(f"{method} {path}", answer.status == status and is_problem, answer)


def main() -> None:
    started = time.monotonic()
    names = sorted(file.stem for file in EVENTS.glob("*.json"))
    try:
        as_they_stand(names)
        journeys(names)
        wrong_turns()
    except Exception as error:  # What didn't come about counts, too.
        check("the walk", False, repr(error))
    print(f"{len(names)} functions in {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
