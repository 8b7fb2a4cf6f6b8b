"""Intents, charges, refunds and lists."""

import stripe
from shop import Case, client, customer_answers


class Payments(Case):
    def test_a_payment_from_creation_to_refund(self):
        intent = self.intent(metadata={"order": "ord_1"}, description="Order 1", receipt_email="ada@example.com")
        self.assertEqual(intent.status, "requires_payment_method")
        paid = self.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        self.assertEqual((paid.status, paid.amount_received), ("succeeded", 1000))
        seen = self.stripe.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge.balance_transaction"]})
        self.assertEqual(seen.metadata["order"], "ord_1")
        self.assertEqual((seen.latest_charge.balance_transaction.fee, seen.latest_charge.balance_transaction.net), (40, 960))
        refund = self.stripe.v1.refunds.create({"payment_intent": intent.id, "amount": 400, "reason": "requested_by_customer"})
        self.assertEqual((refund.status, refund.amount), ("succeeded", 400))
        charge = self.stripe.v1.charges.retrieve(seen.latest_charge.id)
        self.assertEqual((charge.amount_refunded, charge.refunded), (400, False))
        transaction = self.stripe.v1.balance_transactions.retrieve(refund.balance_transaction)
        self.assertEqual((transaction.type, transaction.net), ("refund", -400))
        self.assertEqual(self.stripe.v1.refunds.retrieve(refund.id).id, refund.id)

    def test_an_intent_is_changed_and_cancelled(self):
        intent = self.intent()
        changed = self.stripe.v1.payment_intents.update(intent.id, {"amount": 1500, "metadata": {"a": "b"}})
        self.assertEqual((changed.amount, changed.metadata["a"]), (1500, "b"))
        cancelled = self.stripe.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
        self.assertEqual((cancelled.status, cancelled.cancellation_reason), ("canceled", "abandoned"))

    def test_lists_are_walked_page_by_page(self):
        made = [self.intent().id for _ in range(5)]
        walked = self.stripe.v1.payment_intents.list({"limit": 2})
        ids = [intent.id for intent, _ in zip(walked.auto_paging_iter(), made)]
        self.assertEqual(ids, made[::-1])
        paid = self.pay("pm_card_visa")
        charges = self.stripe.v1.charges.list({"payment_intent": paid.id, "created": {"gte": paid.created}})
        self.assertEqual([charge.id for charge in charges.data], [paid.latest_charge])
        events = self.stripe.v1.events.list({"type": "charge.succeeded", "limit": 1})
        self.assertEqual(events.data[0].data.object["id"], paid.latest_charge)
        self.assertEqual(self.stripe.v1.events.retrieve(events.data[0].id).type, "charge.succeeded")

    def test_a_refund_fails_later(self):
        paid = self.pay("pm_card_refundFail")
        refund = self.stripe.v1.refunds.create({"charge": paid.latest_charge})
        self.assertEqual(refund.status, "succeeded")
        self.until(lambda: self.stripe.v1.refunds.retrieve(refund.id).status == "failed")
        paid = self.pay("pm_card_pendingRefund")
        refund = self.stripe.v1.refunds.create({"charge": paid.latest_charge})
        self.assertEqual(refund.status, "pending")
        self.until(lambda: self.stripe.v1.refunds.retrieve(refund.id).status == "succeeded")

    def test_the_module_itself_works_as_the_client_does(self):
        before = stripe.api_key, stripe.api_base
        stripe.api_key, stripe.api_base = "sk_test_client", self.stripe._requestor._options.base_addresses["api"]
        try:
            intent = stripe.PaymentIntent.create(amount=1000, currency="eur", payment_method_types=["card"], payment_method="pm_card_visa")
            self.assertEqual(intent.confirm().status, "succeeded")
            self.assertEqual(stripe.Refund.create(payment_intent=intent.id).amount, 1000)
            self.assertEqual(stripe.Refund.list(payment_intent=intent.id).data[0].charge, intent.latest_charge)
        finally:
            stripe.api_key, stripe.api_base = before


class Browser(Case):
    def test_a_customer_authenticates(self):
        for card in ["pm_card_authenticationRequired", "pm_card_authenticationRequiredOnSetup"]:
            intent = self.pay(card, return_url="https://shop.example/done")
            self.assertEqual((intent.status, intent.next_action.type), ("requires_action", "redirect_to_url"))
            back = customer_answers(intent.next_action.redirect_to_url.url, "complete")
            self.assertIn(f"https://shop.example/done?payment_intent={intent.id}", back)
            self.assertEqual(self.stripe.v1.payment_intents.retrieve(intent.id).status, "succeeded")

    def test_a_customer_does_not_authenticate(self):
        intent = self.pay("pm_card_authenticationRequired", return_url="https://shop.example/done")
        self.assertIn("redirect_status=failed", customer_answers(intent.next_action.redirect_to_url.url, "fail"))
        failed = self.stripe.v1.payment_intents.retrieve(intent.id)
        self.assertEqual(failed.status, "requires_payment_method")
        self.assertEqual(failed.last_payment_error.code, "payment_intent_authentication_failure")

    def test_a_browser_confirms_with_the_client_secret_only(self):
        intent = self.intent(metadata={"margin": "40%"})
        browser = client("pk_test_client")
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2060, "cvc": "123"}
        data = {"client_secret": intent.client_secret, "payment_method_data": {"type": "card", "card": card}}
        seen = browser.v1.payment_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
        self.assertNotIn("metadata", seen)
        with self.assertRaises(stripe.InvalidRequestError):
            browser.v1.payment_intents.confirm(intent.id, {**data, "client_secret": "pi_x_secret_y"})
        self.assertEqual(browser.v1.payment_intents.confirm(intent.id, data).status, "succeeded")
        with self.assertRaises(stripe.AuthenticationError):
            browser.v1.refunds.create({"payment_intent": intent.id})
