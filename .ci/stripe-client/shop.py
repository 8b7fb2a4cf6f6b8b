"""A shop that takes payments with Stripe's client library, from the local Stripe."""

import json
import os
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

URL = os.environ["STRIPE_URL"]
WEBHOOK_SECRET = "whsec_of_the_client"


def client(key="sk_test_client", retries=0):
    """The library's client, at the local Stripe."""
    return stripe.StripeClient(key, base_addresses={"api": URL}, max_network_retries=retries)


def turn(path, value):
    """`POST` of JSON to what only the local Stripe has."""
    request = urllib.request.Request(f"{URL}/_local{path}", json.dumps(value).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def customer_answers(url, outcome):
    """The customer's answer on the page of the bank; gives the address it leads to."""
    body = urllib.parse.urlencode({"outcome": outcome}).encode()

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(urllib.request.Request(url, body))
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"]
    return None


class Case(unittest.TestCase):
    """Something that is done with the secret key."""

    def setUp(self):
        turn("/faults", {})
        self.stripe = client()

    def intent(self, **params):
        return self.stripe.v1.payment_intents.create(
            {"amount": 1000, "currency": "eur", "payment_method_types": ["card"], **params}
        )

    def pay(self, card, **params):
        return self.intent(payment_method=card, confirm=True, **params)

    def until(self, so):
        """Waits until something is so."""
        for _ in range(200):
            if so():
                return
            time.sleep(0.05)
        self.fail("this never came to be")


class Endpoint:
    """An endpoint for events. Keeps what came, as it came."""

    def __init__(self):
        self.came = came = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.append((body, self.headers["Stripe-Signature"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
