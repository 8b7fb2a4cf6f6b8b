// Somebody without a mouse goes through every page of the local stack.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Keyboard } from "./keyboard.mjs";
import { bury, call, mailedLink, order, until } from "./prepare.mjs";

const { API_URL: api, ADMIN_EMAIL: email } = process.env;

const { id, token } = await order();
await bury();
const mails = async () => (await (await fetch(`${api}/_local/emails?to=${email}`)).json()).data.length > 0;
await until("a mail about the order", mails);

const browser = await Keyboard.start();
await browser.open(`${api}/`);
await browser.has("Addresses", "This stack", "1\ndead letters", "Latest requests", "POST /api/v1/orders");
// The first Tab leads to a link past the navigation.
await browser.press("Tab");
assert.ok(await browser.isFocused(".skip"), "the first Tab reaches the link to the content");
await browser.press("Enter");
await browser.press("Tab");
assert.ok(await browser.isFocused("main :focus"), "the link leads past the navigation");
await browser.use("summary:text-is('First steps')", " ");
await browser.has("Sign in as the administrator");

const nav = (name) => `nav a:text-is("${name}")`;

await browser.use(nav("Requests"));
await browser.has("Requests of the API", "Jobs and other invocations");
await browser.reach("input[name=find]");
await browser.type("/payments");
await browser.press("Enter");
await until("the search", () => browser.address().includes("find="));
await browser.use(`main a:has-text("POST /api/v1/orders/${id}/payments")`);
await browser.has("Calls of AWS", "allowed", "answered method=POST", "201");
await browser.use("summary", " ");
await browser.has('"Effect": "Allow"');

await browser.use(nav("Mails"));
await browser.use("main td a");
await browser.has("Text", "HTML", email);
assert.ok((await browser.frame("iframe")).length > 20, "the HTML of the mail is shown");

// The link in a mail leads to a form that does what it says.
const buyer = { email: `${randomUUID().slice(0, 8)}@example.com`, password: "correct horse battery walk" };
await call("POST", "/api/v1/auth/register", { body: { email: buyer.email }, status: 202 });
await browser.open(await mailedLink(buyer.email));
await browser.has("Verify your e-mail address", "As a command");
await browser.reach("input[name=name]");
await browser.type("Grace <b>Hopper</b>");
await browser.reach("input[name=password]");
await browser.type(buyer.password);
await browser.press("Enter");
await until("the name is refused", async () => (await browser.text()).includes("Refused (422)"));
await browser.reach("input[name=name]");
await browser.press("Control+A");
await browser.type("Grace Hopper");
await browser.press("Enter");
await until("the address is verified", async () => (await browser.text()).includes("You can sign in now."));
await call("POST", "/api/v1/auth/login", { body: buyer });

await browser.use(nav("Queues"));
await browser.use('main a:text-is("broken-dead-letters")');
await browser.use("summary", " ");
await browser.has("<script>alert(1)</script>");
await browser.use("button:text-is('Redrive 1')");
await browser.has("1 message was moved back.");
await browser.use('main a:text-is("All queues")');
await browser.has("broken-dead-letters");

await browser.use(nav("Tables"));
await browser.use('main a:text-is("builder-dev-data")');
await browser.reach("input[name=partition]");
await browser.type(`ORDER#${id}`);
await browser.press("Enter");
await until("the query", () => browser.address().includes("partition="));
await browser.use("main td a");
await browser.has(id);

await browser.use(nav("Buckets"));
await browser.use("main li a");
await browser.has("All buckets");

await browser.use(nav("Jobs"));
await browser.use('button[aria-label="Run verify-audit"]');
await browser.has("verify-audit", "done", "Result");
await browser.use(nav("Jobs"));
await browser.use('main a:text-is("expire-orders")');
await browser.use("button:text-is('Run now')");
await browser.has("expire-orders by schedule", "done");

await browser.use(nav("Payments"));
await browser.has("Waiting for a card", id);
await browser.use("main td a:text-is('Pay')");
// A declined card first: the third of the list.
await browser.reach("input[name=card]");
await browser.press("ArrowDown");
await browser.press("ArrowDown");
await browser.use("button:has-text('Pay')");
await browser.has("Your card was declined.");
// Then one for which the bank asks.
await browser.reach("input[name=card]");
for (let steps = 0; steps < 5; steps += 1) await browser.press("ArrowDown");
await browser.use("button:has-text('Pay')");
await browser.use("main a:has-text('3-D Secure')");
await browser.has("3D Secure test page");
await browser.use("button:text-is('Complete')");
await browser.has("succeeded");
await until("the order is paid", async () => (await call("GET", `/api/v1/orders/${id}`, { token })).status === "processing");
await browser.use(nav("Payments"));
await browser.has("Ended", id);

await browser.use(nav("Overview"));
await browser.has("0\ndead letters");
await browser.open(`${api}/_local/nothing`);
await browser.has("There is nothing of this name.");
const seen = await browser.stop();
console.log(`by keyboard: ${seen.join(", ")}; dead letters moved back, jobs run, an order paid`);
