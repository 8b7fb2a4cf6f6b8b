"""Our own check of signatures, at POST /api/v1/hooks/stripe of a running stack, beside the library's: what one believes the other must."""

import hmac
import json
import os
import time
import unittest
import urllib.error
import urllib.request
from unittest import mock

import stripe

HOOK = os.environ["API_URL"] + "/api/v1/hooks/stripe"
# What the local Stripe of a stack signs with.
SECRET = "whsec_local"
BODY = json.dumps({"id": "evt_side_by_side", "object": "event", "type": "customer.created", "data": {"object": {"id": "cus_1", "object": "customer"}}})


def sign(at, body=BODY, secret=SECRET):
    return hmac.new(secret.encode(), f"{at}.{body}".encode(), "sha256").hexdigest()


def aged(seconds):
    """A good signature of so many seconds ago."""
    return lambda now: f"t={now - seconds},v1={sign(now - seconds)}"


# The header by the time; what is sent with it is BODY unless OTHER_BODIES has something else.
HEADERS = {
    "good": aged(0),
    "tampered body": aged(0),
    "empty body": lambda now: f"t={now},v1={sign(now, '')}",
    "no JSON": lambda now: f"t={now},v1={sign(now, 'nothing')}",
    "body not ASCII": lambda now: f"t={now},v1={sign(now, BODY.replace('customer', 'Ωmega'))}",
    "wrong secret": lambda now: f"t={now},v1={sign(now, secret='whsec_other')}",
    "another time than signed": lambda now: f"t={now + 1},v1={sign(now)}",
    "299 s old": aged(299),
    "300 s old": aged(300),
    "301 s old": aged(301),
    "a year old": aged(365 * 24 * 3600),
    "an hour ahead": aged(-3600),
    "no time of the epoch": aged(10**12),
    "a good v1 among bad ones": lambda now: f"t={now},v1={sign(now, secret='old')},v1={sign(now)},v1=00",
    "several bad v1": lambda now: f"t={now},v1={sign(now, secret='old')},v1=00",
    "v0 beside v1": lambda now: f"t={now},v1={sign(now)},v0={sign(now)}",
    "only v0": lambda now: f"t={now},v0={sign(now)}",
    "v1 before t": lambda now: f"v1={sign(now)},t={now}",
    "empty": lambda now: "",
    "no t": lambda now: f"v1={sign(now)}",
    "no v1": lambda now: f"t={now}",
    "empty t": lambda now: f"t=,v1={sign('')}",
    "empty v1": lambda now: f"t={now},v1=",
    "t no number": lambda now: f"t=now,v1={sign('now')}",
    "t with a fraction": lambda now: f"t={now}.0,v1={sign(f'{now}.0')}",
    "two t, the first signed": lambda now: f"t={now},t={now - 9},v1={sign(now)}",
    "two t, the second signed": lambda now: f"t={now - 9},t={now},v1={sign(now)}",
    "garbage": lambda now: "complete nonsense",
    "garbage beside": lambda now: f"nonsense,t={now},v1={sign(now)},,x=y",
    "a space behind the comma": lambda now: f"t={now}, v1={sign(now)}",
    "a space before v1's value": lambda now: f"t={now},v1= {sign(now)}",
    "semicolons": lambda now: f"t={now};v1={sign(now)}",
    "upper-case hex": lambda now: f"t={now},v1={sign(now).upper()}",
    "upper-case names": lambda now: f"T={now},V1={sign(now)}",
    "cut short": lambda now: f"t={now},v1={sign(now)[:-2]}",
    "one letter more": lambda now: f"t={now},v1={sign(now)}0",
    "t with a plus": lambda now: f"t=+{now},v1={sign(now)}",
    "t with a plus, signed so": lambda now: f"t=+{now},v1={sign(f'+{now}')}",
    "a space before t's value": lambda now: f"t= {now},v1={sign(now)}",
    "more behind v1": lambda now: f"t={now},v1={sign(now)}=x",
    "v1 without a value beside": lambda now: f"t={now},v1,v1={sign(now)}",
}
OTHER_BODIES = {
    "tampered body": BODY.replace("cus_1", "cus_2"),
    "empty body": "",
    "no JSON": "nothing",
    "body not ASCII": BODY.replace("customer", "Ωmega"),
}
# What the library believes and we don't, or the other way round. Only who has the secret can write any of these, and Stripe writes none.
DIFFERENT = {
    "t with a plus": (True, False, "it signs the number that it read; we sign the text as it was sent"),
    "t with a plus, signed so": (False, True, "the same"),
    "a space before t's value": (True, False, "Python reads a number with spaces around"),
    "more behind v1": (True, False, "it ignores what stands behind a second ="),
    "v1 without a value beside": (False, True, "it gives up on a part without =; we leave the part out"),
}


def library(body, header, now):
    """Whether the library believes it, and whether it then is an event."""
    with mock.patch("time.time", return_value=now):
        try:
            stripe.WebhookSignature.verify_header(body, header, SECRET, stripe.Webhook.DEFAULT_TOLERANCE)
        except stripe.SignatureVerificationError:
            return False, False
        try:
            stripe.Webhook.construct_event(body, header, SECRET)
        except json.JSONDecodeError:
            return True, False
    return True, True


def ours(body, header):
    """The same of the route."""
    request = urllib.request.Request(HOOK, body.encode(), {"content-type": "application/json", "stripe-signature": header})
    try:
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 204, answer.status
            return True, True
    except urllib.error.HTTPError as answer:
        code = json.load(answer)["code"]
        assert answer.status == 400 and code in {"invalid-signature", "malformed-request"}, (answer.status, code)
        return code != "invalid-signature", False


def beginning_of_second():
    """The route looks at a clock of its own: the second must not end between."""
    time.sleep(1 - time.time() % 1)
    return int(time.time())


class SideBySide(unittest.TestCase):
    def test_both_believe_the_same(self):
        now, believed = beginning_of_second(), 0
        for name, header in HEADERS.items():
            with self.subTest(name):
                if time.time() - now > 0.5:
                    now = beginning_of_second()
                body, header = OTHER_BODIES.get(name, BODY), header(now)
                theirs, own = library(body, header, now), ours(body, header)
                if name in DIFFERENT:
                    self.assertEqual((theirs[0], own[0]), DIFFERENT[name][:2])
                else:
                    self.assertEqual(own, theirs)
                believed += own[0]
        print(f"{len(HEADERS)} signatures, {believed} believed, {len(DIFFERENT)} differ from the library")

    def test_the_library_is_stricter_by_less_than_a_second(self):
        """It counts fractions of a second, we whole ones."""
        now = beginning_of_second()
        header = aged(300)(now)
        self.assertEqual((library(BODY, header, now + 0.5), ours(BODY, header)), ((False, False), (True, True)))

    def test_no_header_is_refused(self):
        with self.assertRaises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(BODY, None, SECRET)
        request = urllib.request.Request(HOOK, BODY.encode(), {"content-type": "application/json"})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        self.assertEqual(json.load(caught.exception)["code"], "invalid-signature")
