"""Makes the actors and things that the contract check asks about, and prints them as JSON."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
import urllib.parse
import urllib.request

API = os.environ["API_URL"]
# A PNG of three pixels, in Base64.
LOGO = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAIAAACUgoPjAAAADUlEQVR42mOQt4qHIAAKEgIpuG7M1gAAAABJRU5ErkJggg=="

# How a vulnerability is reported.
DISCLOSURE = {"contacts": ["mailto:security@example.com"]}


def call(method, path, body=None, token=None, headers=None):
    """Sends one request; gives its JSON answer, or None."""
    request = urllib.request.Request(API + path, method=method)
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    if token:
        request.add_header("authorization", f"Bearer {token}")
    data = None
    if body is not None:
        request.add_header("content-type", "application/json")
        data = json.dumps(body).encode()
    with urllib.request.urlopen(request, data) as response:
        text = response.read()
        return json.loads(text) if text else None


def sign_in(email, password):
    return call("POST", "/api/v1/auth/login", {"email": email, "password": password})["data"]


def mailed_token(email, prefix):
    """The token with this prefix in the newest mail to this address."""
    for _ in range(100):
        mails = call("GET", f"/_local/emails?to={email}")["data"]
        for mail in mails:
            if f"token={prefix}" in mail["text"]:
                return mail["text"].split("token=")[1].split()[0]
        time.sleep(0.1)
    raise SystemExit(f"no mail with {prefix} to {email}")


def register(email):
    """Registers an address, and gives the token that its mail carries."""
    call("POST", "/api/v1/auth/register", {"email": email})
    return mailed_token(email, "vt_")


def person(number):
    """Somebody with two sessions, and the id of the one whose token isn't given."""
    email, password = f"person-{number}@example.com", "a contract password"
    call("POST", "/api/v1/auth/verify-email", {"token": register(email), "password": password, "name": "Contract"})
    sign_in(email, password)
    token = sign_in(email, password)["accessToken"]
    other = next(one for one in call("GET", "/api/v1/sessions", token=token)["data"] if not one["current"])
    user = call("GET", "/api/v1/me", token=token)["data"]["id"]
    return {"email": email, "password": password, "token": token, "session": other["id"], "id": user}


def totp(secret):
    """The code that an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[19] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def enrolled(somebody):
    """The same person, about to confirm a second factor."""
    return {**somebody, "secret": call("POST", "/api/v1/auth/second-factor", token=somebody["token"])["data"]["secret"]}


def with_second_factor(somebody):
    """The same person with a second factor, and its backup codes."""
    somebody = enrolled(somebody)
    answer = call("POST", "/api/v1/auth/second-factor/confirm", {"code": totp(somebody["secret"])}, somebody["token"])
    return {**somebody, "codes": answer["data"]["backupCodes"]}


def product(token, number, stock=1_000_000):
    body = {
        "sku": f"CONTRACT-{number}",
        "name": "Mug",
        "description": "",
        "unitPrice": {"amount": 1999, "currency": "EUR"},
        "taxPercent": "19",
        "stock": stock,
    }
    return call("POST", "/api/v1/products", body, token)["data"]["id"]


def free(token):
    """A product that costs nothing: orders of it need no payment."""
    body = {
        "sku": "CONTRACT-FREE",
        "name": "Leaflet",
        "description": "",
        "unitPrice": {"amount": 0, "currency": "EUR"},
        "taxPercent": "0",
        "stock": None,
    }
    return call("POST", "/api/v1/products", body, token)["data"]["id"]


def order(token, product):
    return call("POST", "/api/v1/orders", {"items": [{"productId": product, "quantity": 1}]}, token)["data"]["id"]


def paid(token, product):
    """A payment that has succeeded, by a test card at the local Stripe."""
    path = f"/api/v1/orders/{order(token, product)}/payments"
    started = call("POST", path, token=token, headers={"idempotency-key": "pay"})["data"]
    secret = started["clientSecret"]
    form = {"client_secret": secret, "return_url": "https://shop.example.com", "payment_method": "pm_card_visa"}
    url = f"{os.environ['STRIPE_URL']}/v1/payment_intents/{secret.split('_secret_')[0]}/confirm"
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), {"authorization": "Bearer pk_test_local"})
    urllib.request.urlopen(request).close()
    for _ in range(100):
        if call("GET", f"/api/v1/payments/{started['id']}", token=token)["data"]["status"] == "succeeded":
            return started["id"]
        time.sleep(0.1)
    raise SystemExit("a payment never succeeded")


def invoiced(token, product):
    return call("POST", f"/api/v1/orders/{order(token, product)}/invoices", {}, token)["data"]["id"]


def refunded(token, payment):
    body = {"amount": {"amount": 1, "currency": "EUR"}, "reason": "duplicate"}
    return call("POST", f"/api/v1/payments/{payment}/refunds", body, token, {"idempotency-key": "refund"})["data"]["id"]


def changing(somebody):
    """Who asks for another address: the token that is mailed there."""
    email = "new-" + somebody["email"]
    call("POST", "/api/v1/me/email-change", {"email": email}, somebody["token"])
    return mailed_token(email, "ec_")


def changed(somebody):
    """Who has another address: the token with which that is undone."""
    call("POST", "/api/v1/auth/confirm-email-change", {"token": changing(somebody)})
    return mailed_token(somebody["email"], "eu_")


def disclose(token):
    """Says in the settings how a vulnerability is reported."""
    settings = call("GET", "/api/v1/settings", token=token)["data"]
    settings["security"]["disclosure"] = DISCLOSURE
    call("PUT", "/api/v1/settings", settings, token, {"if-match": "*"})


def main():
    admin = {"email": os.environ["BUILDER_ADMIN_EMAIL"], "password": os.environ["BUILDER_ADMIN_PASSWORD"]}
    token = sign_in(**admin)["accessToken"]
    products = [product(token, number) for number in range(40)]
    orders = [
        call("POST", "/api/v1/orders", {"items": [{"productId": products[0], "quantity": 1}]}, token)["data"]["id"]
        for _ in range(40)
    ]
    leaflet = free(token)
    unverified = []
    for number in range(10):
        unverified.append(register(f"contract-{number}@example.com"))
    people = [person(number) for number in range(40)]
    disclose(token)
    for number in range(12):
        call("POST", "/api/v1/auth/forgot-password", {"email": people[number]["email"]})
    print(
        json.dumps(
            {
                "admin": admin,
                "token": token,
                "products": products,
                "orders": orders,
                "payment": (payment := paid(token, products[0])),
                "refund": refunded(token, payment),
                "uninvoiced": [order(token, products[0]) for _ in range(20)],
                "invoices": [invoiced(token, products[0]) for _ in range(20)],
                "free": [order(token, leaflet) for _ in range(20)],
                "verification": unverified,
                "people": people,
                "resets": [mailed_token(people[number]["email"], "pt_") for number in range(12)],
                "enrolled": [enrolled(person(number)) for number in range(100, 106)],
                "changes": [changing(person(number)) for number in range(300, 308)],
                "undos": [changed(person(number)) for number in range(400, 408)],
                "leavers": [person(number) for number in range(500, 504)],
                "user_keys": [
                    call("POST", "/api/v1/api-keys", {"name": "Theirs", "scopes": ["orders:read"]}, people[0]["token"])["data"]["id"]
                    for _ in range(8)
                ],
                "factors": [with_second_factor(person(number)) for number in range(200, 216)],
                "keys": [
                    call("POST", "/api/v1/api-keys", {"name": "Contract", "scopes": ["orders:read"]}, token)["data"]["id"]
                    for _ in range(8)
                ],
                "sessions": [sign_in(**admin) for _ in range(200)],
            }
        )
    )


if __name__ == "__main__":
    main()
