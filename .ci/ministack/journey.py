"""From sign-up to a cancelled order, through the gateway, the functions, the stream and the queue of a deployed stack.

    journey.py STACK
"""

import http.client
import json
import os
import re
import ssl
import sys
import time
import uuid
from urllib.parse import urlsplit

import boto3

ENDPOINT = urlsplit(os.environ["AWS_ENDPOINT_URL"])
PASSWORD = "correct horse battery staple 7"
TRUST = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
checks = 0


def expect(condition: bool, what: str, seen: object = "") -> None:
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED  {what}: {seen}")
    print(f"ok      {what}")


def eventually(ask, what: str, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.5)
    sys.exit(f"FAILED  {what}: not within {seconds:.0f} s")


def connect() -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(ENDPOINT.hostname, ENDPOINT.port, timeout=30, context=TRUST)


class Answer:
    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        body = response.read()
        self.json = json.loads(body) if body and "json" in self.headers.get("content-type", "") else None

    def __repr__(self) -> str:
        return f"{self.status} {self.json}"


class Api:
    def __init__(self, id: str):
        self.id = id

    def __call__(self, method: str, path: str, body: object = None, token: str | None = None, key: str | None = None) -> Answer:
        headers = {"Host": f"{self.id}.execute-api.localhost:{ENDPOINT.port}"}
        if path == "/health":  # MiniStack keeps this path for itself on every host, but not below its own long form.
            headers, path = {}, f"/_aws/execute-api/{self.id}/$default/health"
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        connection = connect()
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        return Answer(connection.getresponse())


def mails(to: str) -> list[dict]:
    connection = connect()
    connection.request("GET", "/_ministack/ses/messages")
    messages = json.loads(connection.getresponse().read())["messages"]
    return [mail for of_account in messages.values() for mail in of_account if to in mail["To"]]


def main(stack: str) -> None:
    started = time.monotonic()
    outputs = {o["OutputKey"]: o["OutputValue"] for o in
               boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]}
    api = Api(outputs["ApiUrl"].split("//")[1].split(".")[0])

    # What asks nobody
    expect((a := api("GET", "/health")).status == 200, "health", a)
    expect((a := api("GET", "/health/ready")).status == 200, "ready: the tables and the queue answer", a)
    expect((a := api("GET", "/openapi.json")).status == 200, "openapi", a.status)
    expect((a := api("GET", "/docs")).status == 200, "docs", a.status)
    expect((a := api("GET", "/nowhere")).status == 404 and a.json["code"] == "not-found", "$default answers as problem+json", a)
    expect((a := api("PUT", "/api/v1/orders")).status == 405 and "allow" in a.headers, "a wrong method is 405 with Allow", a)
    expect((a := api("GET", "/api/v1/orders")).status == 401, "a stranger is refused", a)

    # An admin fills the catalogue
    functions = boto3.client("lambda")
    admin = {"email": "admin@example.com", "password": PASSWORD}

    def bootstrap() -> dict:
        return functions.invoke(FunctionName=f"{stack}-bootstrap-admin", Payload=json.dumps(admin))

    expect("FunctionError" not in (a := bootstrap()), "bootstrap-admin makes the first admin", a)
    expect("FunctionError" in (a := bootstrap()), "bootstrap-admin works once", a)
    admin_token = sign_in(api, admin["email"])
    products = []
    for sku, price in [("TEA-250", 1250), ("CUP-1", 990)]:
        a = api("POST", "/api/v1/products", token=admin_token, body={
            "sku": sku, "name": sku, "description": "", "unitPrice": {"amount": price, "currency": "EUR"}, "taxPercent": "19", "stock": 10})
        expect(a.status == 201 and "location" in a.headers, f"product {sku} is made", a)
        products.append(a.json["data"]["id"])
    expect((a := api("GET", "/.well-known/jwks.json")).status == 200 and a.json["keys"], "the public keys are published", a)

    # A new user: registration, the mail by way of stream and queue, verification, sign-in
    email = f"ada-{uuid.uuid4().hex[:8]}@example.com"
    a = api("POST", "/api/v1/auth/register", {"email": email})
    expect(a.status == 202, "registration is accepted", a)
    mail = eventually(lambda: mails(email), "the verification mail")[0]
    token = re.search(r"token=([^\s&\"<]+)", mail["BodyText"] or mail["BodyHtml"]).group(1)
    account = {"token": token, "password": PASSWORD, "name": "Ada"}
    expect((a := api("POST", "/api/v1/auth/verify-email", account)).status < 300, "the address is verified", a)
    user_token = sign_in(api, email)
    expect((a := api("GET", "/api/v1/me", token=user_token)).json["data"]["email"] == email, "the account knows itself", a)

    # An order of several items, sent twice under one key
    a = eventually(lambda: (a := api("GET", "/api/v1/products", token=user_token)) and len(a.json["data"]) == 2 and a, "the catalogue")
    expect({p["id"] for p in a.json["data"]} == set(products), "the catalogue lists both products", a)
    order = {"items": [{"productId": products[0], "quantity": 3}, {"productId": products[1], "quantity": 1}]}
    key = str(uuid.uuid4())
    placed = api("POST", "/api/v1/orders", order, user_token, key)
    expect(placed.status == 201, "the order is placed", placed)
    id = placed.json["data"]["id"]
    again = api("POST", "/api/v1/orders", order, user_token, key)
    expect(again.json == placed.json and again.headers.get("idempotent-replayed") == "true", "the same key gives the same order", again)
    expect(stock(api, products[0], admin_token) == 7, "the stock is reserved")
    eventually(lambda: any(id in (m["BodyText"] or "") or "order" in m["Subject"].lower() for m in mails(email)), "the confirmation mail")
    expect(True, "the confirmation mail came")

    # It is cancelled, and the stock returns
    expect((a := api("GET", f"/api/v1/orders/{id}", token=user_token)).json["data"]["status"] == "pending", "the order is pending", a)
    expect((a := api("POST", f"/api/v1/orders/{id}/cancel", token=user_token)).status < 300, "the order is cancelled", a)
    expect((a := api("GET", f"/api/v1/orders/{id}", token=user_token)).json["data"]["status"] == "cancelled", "and says so", a)
    expect(stock(api, products[0], admin_token) == 10, "the stock has returned")
    a = api("GET", f"/api/v1/orders/{id}/events", token=user_token)
    expect(len(a.json["data"]) == 2, "its events are placed and cancelled", a)
    eventually(lambda: len(mails(email)) >= 3, "the mail of the cancellation")
    expect((a := api("POST", "/api/v1/auth/logout", token=user_token)).status < 300, "sign-out", a)
    expect((a := api("GET", "/api/v1/me", token=user_token)).status == 401, "the token is dead at once", a)

    # The schedule's function, and nothing left behind
    a = functions.invoke(FunctionName=f"{stack}-expire-orders", Payload=json.dumps({"source": "aws.scheduler"}))
    expect("FunctionError" not in a, "expire-orders runs", a)
    sqs = boto3.client("sqs")
    for queue in ["email-queue", "email-dead-letters", "job-dead-letters"]:
        url = sqs.get_queue_url(QueueName=f"{stack}-{queue}")["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        empty = eventually(lambda: not any(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()),
                           f"{queue} is empty")
        expect(empty, f"{queue} is empty")
    left = boto3.client("s3").list_objects_v2(Bucket=outputs["FailedEventsBucket"]).get("KeyCount", 0)
    expect(left == 0, "no batch of events failed", left)
    print(f"{checks} checks in {time.monotonic() - started:.1f} s")


def sign_in(api: Api, email: str) -> str:
    a = api("POST", "/api/v1/auth/login", {"email": email, "password": PASSWORD})
    expect(a.status == 200, f"sign-in of {email.split('@')[0].split('-')[0]}", a)
    return a.json["data"]["accessToken"]


def stock(api: Api, product: str, token: str) -> int:
    return api("GET", f"/api/v1/products/{product}", token=token).json["data"]["stock"]


if __name__ == "__main__":
    main(sys.argv[1])
