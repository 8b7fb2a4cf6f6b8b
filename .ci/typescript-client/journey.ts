// What a web application does with a client that is generated from the OpenAPI document: its user signs in with cookies, orders, pays,
// and reads the invoice.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient, { type Client } from "openapi-fetch";
import { Browser } from "./browser.js";
import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];
type Api = Client<paths>;

function setting(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

const api = setting("API_URL");
const stripe = setting("STRIPE_URL");

/** The body of a success. */
function done<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.ok(answer.data !== undefined, `${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not in time`);
}

/** A client that is signed in with cookies, and what signs it out. */
async function signedIn(email: string, password: string): Promise<{ client: Api; browser: Browser }> {
  const browser = new Browser(new URL(api).origin);
  const client = createClient<paths>({ baseUrl: api, fetch: browser.fetch });
  const session = done(await client.POST("/api/v1/auth/login", { body: { email, password, mode: "cookie" } })).data;
  assert.ok("csrfToken" in session, "the tokens come in cookies, not in the body");
  const { csrfToken } = session;
  client.use({
    onRequest({ request }) {
      if (request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
      return request;
    },
  });
  return { client, browser };
}

/** Somebody with an account, made as a page would make it. */
async function registered(email: string, password: string): Promise<void> {
  const client = createClient<paths>({ baseUrl: api });
  done(await client.POST("/api/v1/auth/register", { body: { email, password, name: "Ada Lovelace" } }));
  const token = await until("a mail", async () => {
    const mails = (await (await fetch(`${api}/_local/emails?to=${email}`)).json()) as { data: { text: string }[] };
    return mails.data.map((mail) => /token=(vt_\S+)/.exec(mail.text)?.[1]).find((found) => found !== undefined);
  });
  done(await client.POST("/api/v1/auth/verify-email", { body: { token } }));
}

/** A product to buy, put there by an admin. */
async function product(): Promise<string> {
  const { client } = await signedIn(setting("BUILDER_ADMIN_EMAIL"), setting("BUILDER_ADMIN_PASSWORD"));
  const unitPrice = { amount: 1299, currency: "EUR" } as const;
  const body = { sku: "MUG-BLUE-330", name: "Blue mug", description: "", unitPrice, taxPercent: "19", stock: 5 };
  return done(await client.POST("/api/v1/products", { body })).data.id;
}

/** What the payment provider's library does in the payer's browser. */
async function confirm(clientSecret: string): Promise<void> {
  const form = { client_secret: clientSecret, payment_method: "pm_card_visa", return_url: "https://shop.example.com" };
  const answer = await fetch(`${stripe}/v1/payment_intents/${clientSecret.split("_secret_")[0]}/confirm`, {
    method: "POST",
    headers: { authorization: "Bearer pk_test_local" },
    body: new URLSearchParams(form),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** The codes of a refused sign-in, all of them: this doesn't compile when the document names another. */
function advice(problem: { code: "invalid-credentials" }): string {
  switch (problem.code) {
    case "invalid-credentials":
      return "Check the address and the password.";
  }
}

async function refusals(email: string): Promise<void> {
  const client = createClient<paths>({ baseUrl: api });
  const wrong = await client.POST("/api/v1/auth/login", { body: { email, password: "not the password" } });
  assert.equal(wrong.response.status, 401);
  assert.ok(wrong.response.headers.get("www-authenticate"));
  assert.ok(wrong.error && "code" in wrong.error && wrong.error.status === 401);
  assert.equal(advice(wrong.error), "Check the address and the password.");

  const nobody: Problem | object | undefined = (await client.GET("/api/v1/me")).error;
  assert.ok(nobody && "code" in nobody && nobody.code === "unauthenticated");
}

async function buys(client: Api, productId: string): Promise<string> {
  const me = done(await client.GET("/api/v1/me")).data;
  assert.equal(me.role, "user");
  const key = randomUUID();
  const place = () =>
    client.POST("/api/v1/orders", { params: { header: { "Idempotency-Key": key } }, body: { items: [{ productId, quantity: 2 }] } });
  const order = done(await place()).data;
  assert.deepEqual(order.total, { amount: 3092, currency: "EUR" });
  const again = await place();
  assert.equal(done(again).data.id, order.id);
  assert.equal(again.response.headers.get("idempotent-replayed"), "true");

  const path = { id: order.id };
  const header = { "Idempotency-Key": randomUUID() };
  const payment = done(await client.POST("/api/v1/orders/{id}/payments", { params: { path, header } })).data;
  await confirm(payment.clientSecret);
  return await until("a paid order with an invoice", async () => {
    const seen = done(await client.GET("/api/v1/orders/{id}", { params: { path } })).data;
    return seen.status === "processing" ? (seen.invoiceId ?? undefined) : undefined;
  });
}

/** The address of an invoice's PDF, as soon as it is written. */
async function pdf(client: Api, id: string): Promise<string> {
  return await until("a PDF", async () => {
    const answer = await client.GET("/api/v1/invoices/{id}/pdf", { params: { path: { id } } });
    if (answer.response.status === 409) return undefined;
    assert.equal(answer.response.status, 303);
    return answer.response.headers.get("location") ?? undefined;
  });
}

const [email, password] = [`ada-${randomUUID()}@example.com`, "correct horse battery staple"];
await registered(email, password);
await refusals(email);
const { client, browser } = await signedIn(email, password);
assert.deepEqual(browser.cookies.sort(), ["__Host-access", "__Secure-refresh"]);
const invoice = await buys(client, await product());
const file = await fetch(await pdf(client, invoice));
const bytes = new Uint8Array(await file.arrayBuffer());
assert.equal(new TextDecoder().decode(bytes.slice(0, 5)), "%PDF-");
assert.equal((await client.POST("/api/v1/auth/logout")).response.status, 204);
assert.deepEqual(browser.cookies, [], "signed out");
console.log(`signed in with cookies, ordered, paid, and read ${bytes.length} bytes of the invoice ${invoice}`);
