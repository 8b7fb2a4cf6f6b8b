"""Events as they are delivered, checked by the library."""

import json
import time

import stripe
from shop import WEBHOOK_SECRET, Case, Endpoint, turn


class Webhooks(Case):
    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.close)
        turn("/webhook", {"url": self.endpoint.url, "secret": WEBHOOK_SECRET})

    def delivered(self, count):
        self.until(lambda: len(self.endpoint.came) >= count)
        return self.endpoint.came

    def test_the_library_accepts_what_is_delivered(self):
        paid = self.pay("pm_card_visa")
        events = [stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET) for body, signature in self.delivered(3)]
        self.assertEqual({event.type for event in events}, {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"})
        told = next(event for event in events if event.type == "payment_intent.succeeded")
        self.assertIsInstance(told.data.object, stripe.PaymentIntent)
        self.assertEqual((told.data.object.id, told.livemode), (paid.id, False))
        self.assertEqual(told.api_version, stripe.api_version)
        self.assertEqual(self.stripe.construct_event(*self.endpoint.came[0], WEBHOOK_SECRET).object, "event")

    def test_the_library_refuses_what_was_changed(self):
        self.intent()
        body, signature = self.delivered(1)[0]
        changed = json.loads(body)
        changed["data"]["object"]["amount"] = 1
        for body, signature, secret in [
            (json.dumps(changed).encode(), signature, WEBHOOK_SECRET),
            (body, signature, "whsec_of_another"),
            (body, signature.replace("v1=", "v0="), WEBHOOK_SECRET),
            (body, signature.replace("t=1", "t=2"), WEBHOOK_SECRET),
        ]:
            with self.assertRaises(stripe.SignatureVerificationError):
                stripe.Webhook.construct_event(body, signature, secret)

    def test_the_library_refuses_what_is_old(self):
        self.intent()
        body, signature = self.delivered(1)[0]
        time.sleep(2.1)
        stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
        with self.assertRaises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET, tolerance=1)
