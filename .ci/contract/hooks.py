"""Puts real ids, tokens and versions into the requests that are meant to be valid, so that operations can succeed."""

import json
import os
import random
import uuid

import actors
import schemathesis

ACTORS = json.load(open(os.environ["ACTORS"], encoding="utf-8"))
SUCCEEDED = os.environ["SUCCEEDED"]
CHOICE = random.Random(1)
# The last things are there to be archived, cancelled and used up; the first ones stay.
SPARE_PRODUCTS = ACTORS["products"][10:]
SPARE_ORDERS = ACTORS["orders"][10:]
FREE_ORDERS = ACTORS["free"]
UNINVOICED, SPARE_INVOICES = ACTORS["uninvoiced"], ACTORS["invoices"][1:]
SPARE_SESSIONS = ACTORS["sessions"]
VERIFICATION = ACTORS["verification"]
RESETS = ACTORS["resets"]
SPARE_KEYS = ACTORS["keys"][2:]
# Those who forgot their passwords are not among them.
PEOPLE = ACTORS["people"][12:]
CHANGES, UNDOS, LEAVERS, USER_KEYS = ACTORS["changes"], ACTORS["undos"], ACTORS["leavers"], ACTORS["user_keys"]
ENROLLED, FACTORS = ACTORS["enrolled"], ACTORS["factors"]
# Who calls these operations is no longer signed in elsewhere, or has another password.
OF_PEOPLE = {"endSession", "endOtherSessions", "changePassword"}
OF_FACTORS = {"enrolSecondFactor", "confirmSecondFactor", "disableSecondFactor"}


# Whose password the request that is under way changes, and to which.
CHANGING = {}


def spare(pool):
    return pool.pop() if len(pool) > 1 else pool[0]


def is_meant_to_be_valid(case):
    meta = case.meta
    return meta is not None and meta.generation.mode.name == "POSITIVE"


def set_header(case, name, value):
    case.headers = case.headers or {}
    case.headers[name] = value


@schemathesis.auth(refresh_interval=None)
class Admin:
    """Signs requests in, all but those that are about doing without. A session that signs out is not one of those in use."""

    def get(self, case, context):
        operation = case.operation.definition.raw
        if not operation.get("security"):
            return None
        if operation["operationId"] in OF_PEOPLE | OF_FACTORS:
            return (ENROLLED if operation["operationId"] == "enrolSecondFactor" else PEOPLE)[0]["token"]
        return spare(SPARE_SESSIONS)["accessToken"] if operation["operationId"] == "logout" else ACTORS["token"]

    def set(self, case, token, context):
        if token:
            set_header(case, "Authorization", f"Bearer {token}")


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    # Where an answer leads is no part of this API.
    kwargs["allow_redirects"] = False
    if not is_meant_to_be_valid(case):
        return
    if operation in OF_PEOPLE:
        # The one that requests which are not meant to be valid are signed in as: its password is known after each change.
        person = PEOPLE[0] if operation == "changePassword" else spare(PEOPLE)
        set_header(case, "Authorization", f"Bearer {person['token']}")
    if operation == "startIdentityLink":
        # It takes a session that has just begun.
        set_header(case, "Authorization", f"Bearer {actors.sign_in(**ACTORS['admin'])['accessToken']}")
    if operation == "deleteMe":
        # So does this, and signing in again keeps the account.
        leaver = spare(LEAVERS)
        token = actors.sign_in(leaver["email"], leaver["password"])["accessToken"]
        set_header(case, "Authorization", f"Bearer {token}")
    if operation == "confirmSecondFactor":
        person = spare(ENROLLED)
        set_header(case, "Authorization", f"Bearer {person['token']}")
    if operation in {"disableSecondFactor", "loginSecondFactor", "renewBackupCodes"}:
        person = spare(FACTORS)
        set_header(case, "Authorization", f"Bearer {person['token']}")
    if case.headers and "Idempotency-Key" in case.headers:
        set_header(case, "Idempotency-Key", str(uuid.uuid4()))
    parameters = case.path_parameters or {}
    if "id" in parameters:
        if "/sessions/" in case.path:
            parameters["id"] = person["session"]
        elif operation == "revokeUserApiKey":
            parameters["id"], parameters["keyId"] = ACTORS["people"][0]["id"], spare(USER_KEYS)
        elif "/api-keys/" in case.path:
            parameters["id"] = spare(SPARE_KEYS) if operation == "revokeApiKey" else ACTORS["keys"][0]
        elif "/users/" in case.path:
            pool = {"updateUser": PEOPLE, "eraseUser": PEOPLE, "removeSecondFactor": FACTORS}.get(operation)
            parameters["id"] = (spare(pool) if pool else ACTORS["people"][0])["id"]
        elif "/payments/{id}" in case.path:
            parameters["id"] = ACTORS["payment"]
        elif "/refunds/" in case.path:
            parameters["id"] = ACTORS["refund"]
        elif "/invoices/{id}" in case.path:
            parameters["id"] = spare(SPARE_INVOICES) if operation == "voidInvoice" else ACTORS["invoices"][0]
        elif operation == "issueInvoice":
            parameters["id"] = spare(UNINVOICED)
        elif operation == "completeOrder":
            parameters["id"] = spare(FREE_ORDERS)
        elif "/products/" in case.path:
            parameters["id"] = spare(SPARE_PRODUCTS) if operation == "archiveProduct" else ACTORS["products"][0]
        else:
            parameters["id"] = spare(SPARE_ORDERS) if operation == "cancelOrder" else ACTORS["orders"][0]
    if "provider" in parameters:
        parameters["provider"] = "contract"
    if "kind" in parameters:
        parameters["kind"] = "not-found"
    if "asset" in parameters:
        parameters["asset"] = "swagger-ui.css"
    for cursor in {"after", "cursor"} & set(case.query or {}):
        del case.query[cursor]
    if operation == "listBalances":
        # A last day before the first is of the right form, and means nothing.
        for bound in {"from", "to"} & set(case.query or {}):
            del case.query[bound]
    if case.headers and "If-Match" in case.headers:
        set_header(case, "If-Match", "*")
    body = case.body
    if isinstance(body, dict):
        if operation == "login":
            body.update(ACTORS["admin"])
        elif operation == "refreshToken":
            body["refreshToken"] = spare(SPARE_SESSIONS)["refreshToken"]
            # With cookies there is none in the body.
            body.pop("mode", None)
        elif operation == "verifyEmail":
            body["token"] = spare(VERIFICATION)
        elif operation == "confirmEmailChange":
            body["token"] = spare(CHANGES)
        elif operation == "undoEmailChange":
            body["token"] = spare(UNDOS)
        elif operation == "resetPassword":
            body["token"] = spare(RESETS)
        elif operation == "changePassword":
            body["currentPassword"] = person["password"]
            CHANGING.update(person=person, password=body.get("newPassword"))
        elif operation == "confirmSecondFactor":
            body["code"] = actors.totp(person["secret"])
        elif operation in {"disableSecondFactor", "renewBackupCodes"}:
            body["code"] = spare(person["codes"])
        elif operation == "loginSecondFactor":
            body["challenge"] = actors.sign_in(person["email"], person["password"]).get("challenge", "ch_")
            body["code"] = spare(person["codes"])
        elif operation == "createApiKey":
            body["scopes"] = ["orders:read"]
            body.pop("expiresAt", None)
        elif operation == "startOidc":
            body["returnTo"] = "/orders"
        elif operation == "replaceSettings":
            # Lengths differ by country, and the schema only knows their range.
            body.get("company", {}).pop("vatId", None)
            # Nor can it say that days ascend.
            body.get("invoices", {}).pop("reminderDays", None)
            # Nor which logo is there.
            body.get("branding", {}).pop("logo", None)
            # Nor whom an address reaches; without any, there is no security.txt.
            security = body.get("security") or {}
            if security:
                security["disclosure"] = actors.DISCLOSURE
            # Nor that the caller has no second factor.
            if "requireSecondFactorForAdmins" in security:
                security["requireSecondFactorForAdmins"] = False
        elif operation == "replaceLogo":
            body["image"] = actors.LOGO
        elif operation == "updateMe":
            body.pop("vatId", None)
        elif operation == "adjustStock":
            body["delta"] = 1
        elif operation == "issueInvoice":
            # A day that has passed is of the right form.
            body.pop("dueOn", None)
        elif operation == "requestRefund":
            body["amount"] = {"amount": 1, "currency": "EUR"}
        elif operation == "placeOrder":
            body.pop("userId", None)
            for item in body.get("items", []):
                item["productId"] = CHOICE.choice(ACTORS["products"][:10])
                item["quantity"] = 1


@schemathesis.hook
def after_call(context, case, response):
    if 200 <= response.status_code < 300 or response.status_code == 303:
        with open(SUCCEEDED, "a", encoding="utf-8") as file:
            file.write(case.operation.definition.raw["operationId"] + "\n")
        if case.operation.definition.raw["operationId"] == "changePassword":
            CHANGING["person"]["password"] = CHANGING["password"]
