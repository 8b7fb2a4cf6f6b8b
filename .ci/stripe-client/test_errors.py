"""Errors as the library's exceptions, and what it does about them."""

import uuid

import stripe
from shop import Case, client, turn


class Errors(Case):
    def test_a_decline_is_a_card_error(self):
        for card, code, decline in [
            ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ]:
            with self.assertRaises(stripe.CardError) as caught:
                self.pay(card)
            error = caught.exception.error
            self.assertEqual((caught.exception.http_status, caught.exception.code, error.decline_code), (402, code, decline))
            self.assertEqual(error.payment_intent.status, "requires_payment_method")
            self.assertTrue(caught.exception.request_id.startswith("req_"))

    def test_wrong_parameters_are_an_invalid_request(self):
        for params, param, code in [
            ({"amount": 10}, "amount", "amount_too_small"),
            ({"currency": "xyz"}, "currency", None),
            ({"colour": "red"}, "colour", "parameter_unknown"),
        ]:
            with self.assertRaises(stripe.InvalidRequestError) as caught:
                self.intent(**params)
            self.assertEqual((caught.exception.param, caught.exception.code), (param, code))
        with self.assertRaises(stripe.InvalidRequestError) as caught:
            self.stripe.v1.payment_intents.retrieve("pi_nobody")
        self.assertEqual((caught.exception.http_status, caught.exception.code), (404, "resource_missing"))

    def test_what_comes_too_late_is_refused(self):
        paid = self.pay("pm_card_visa")
        with self.assertRaises(stripe.InvalidRequestError) as caught:
            self.stripe.v1.payment_intents.cancel(paid.id)
        self.assertEqual(caught.exception.code, "payment_intent_unexpected_state")
        self.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 900})
        with self.assertRaises(stripe.InvalidRequestError) as caught:
            self.stripe.v1.refunds.create({"payment_intent": paid.id, "amount": 101})
        self.assertIn("greater than unrefunded amount on charge", caught.exception.user_message)
        self.stripe.v1.refunds.create({"payment_intent": paid.id})
        with self.assertRaises(stripe.InvalidRequestError) as caught:
            self.stripe.v1.refunds.create({"payment_intent": paid.id})
        self.assertEqual(caught.exception.code, "charge_already_refunded")

    def test_a_wrong_key_is_an_authentication_error(self):
        with self.assertRaises(stripe.AuthenticationError):
            client("sk_test_of_another_shop").v1.payment_intents.list()

    def test_too_many_calls_are_a_rate_limit_error(self):
        turn("/faults", {"rules": [{"operation": "GET *", "kind": "rate_limit"}]})
        with self.assertRaises(stripe.RateLimitError):
            self.stripe.v1.payment_intents.list()

    def test_a_server_that_is_down_is_a_connection_error(self):
        turn("/faults", {"down": "refuse"})
        with self.assertRaises(stripe.APIConnectionError):
            self.stripe.v1.payment_intents.list()
        turn("/faults", {"down": "error"})
        with self.assertRaises(stripe.APIError):
            self.stripe.v1.payment_intents.list()


class Idempotency(Case):
    def create(self, key, amount=1000):
        params = {"amount": amount, "currency": "eur", "payment_method_types": ["card"]}
        return self.stripe.v1.payment_intents.create(params, {"idempotency_key": key})

    def test_a_key_is_answered_once_and_for_one_call(self):
        key = str(uuid.uuid4())
        first, again = self.create(key), self.create(key)
        self.assertEqual(first.id, again.id)
        self.assertEqual(again.last_response.headers["Idempotent-Replayed"], "true")
        with self.assertRaises(stripe.IdempotencyError):
            self.create(key, amount=2000)

    def test_the_library_tries_again_by_itself_and_nothing_is_done_twice(self):
        """It sends a key of its own, and obeys Stripe-Should-Retry."""
        retrying = client(retries=2)
        for kind in ["error_before", "cut_before", "cut_after"]:
            turn("/faults", {"rules": [{"operation": "POST *", "kind": kind, "first": 1}]})
            note = str(uuid.uuid4())
            params = {"amount": 1000, "currency": "eur", "metadata": {"note": note}}
            made = retrying.v1.payment_intents.create(params)
            listed = retrying.v1.payment_intents.list({"limit": 10}).data
            self.assertEqual([intent.id for intent in listed if intent.metadata.to_dict().get("note") == note], [made.id], kind)

    def test_an_error_after_everything_was_done_stays_an_error(self):
        turn("/faults", {"rules": [{"operation": "POST *", "kind": "error_after", "first": 1}]})
        note, key = str(uuid.uuid4()), str(uuid.uuid4())
        params = {"amount": 1000, "currency": "eur", "metadata": {"note": note}}
        for _ in range(2):
            with self.assertRaises(stripe.APIError):
                client(retries=2).v1.payment_intents.create(params, {"idempotency_key": key})
        listed = self.stripe.v1.payment_intents.list({"limit": 10}).data
        self.assertEqual(len([intent for intent in listed if intent.metadata.to_dict().get("note") == note]), 1)
