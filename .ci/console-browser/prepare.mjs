// What the pages show: an order that waits to be paid, its mail, and a dead letter.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const { API_URL: api, AWS_URL: aws, ADMIN_EMAIL: email, BUILDER_ADMIN_PASSWORD: password } = process.env;

export async function call(method, path, { body, token, status = 200 } = {}) {
  const headers = { "idempotency-key": randomUUID(), ...(body && { "content-type": "application/json" }) };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, status, `${method} ${path}: ${text}`);
  return text ? JSON.parse(text).data : undefined;
}

/** The local endpoint believes the access key. */
export async function sqs(operation, input) {
  const credential = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00";
  const headers = { authorization: credential, "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` };
  const answer = await fetch(aws, { method: "POST", headers, body: JSON.stringify(input) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** A message that was tried once too often. */
export async function bury() {
  await sqs("CreateQueue", { QueueName: "broken-dead-letters" });
  const policy = { deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:broken-dead-letters", maxReceiveCount: 1 };
  const attributes = { VisibilityTimeout: "0", RedrivePolicy: JSON.stringify(policy) };
  const { QueueUrl } = await sqs("CreateQueue", { QueueName: "broken", Attributes: attributes });
  await sqs("SendMessage", { QueueUrl, MessageBody: JSON.stringify({ note: "<script>alert(1)</script>" }) });
  for (let tries = 0; tries < 2; tries += 1) await sqs("ReceiveMessage", { QueueUrl });
}

/** The administrator, an order of theirs, and its payment. */
export async function order() {
  const { accessToken: token } = await call("POST", "/api/v1/auth/login", { body: { email, password } });
  const product = {
    sku: `MUG-${randomUUID().slice(0, 8)}`,
    name: "Mug <b>blue</b>",
    description: "Holds 330 ml.",
    unitPrice: { amount: 1299, currency: "EUR" },
    taxPercent: "19",
    stock: 5,
  };
  const { id: productId } = await call("POST", "/api/v1/products", { token, body: product, status: 201 });
  const { id } = await call("POST", "/api/v1/orders", { token, body: { items: [{ productId, quantity: 2 }] }, status: 201 });
  await call("POST", `/api/v1/orders/${id}/payments`, { token, status: 201 });
  return { id, token };
}

/** Waits until something is so. */
export async function until(what, isSo) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it never came to this: ${what}`);
}

/** The link in the first mail to somebody, once it is there. */
export async function mailedLink(to) {
  let link;
  await until(`a link for ${to}`, async () => {
    const { data } = await (await fetch(`${api}/_local/emails?to=${to}`)).json();
    link = data[0]?.text.match(/http\S+token=\S+/)?.[0];
    return link;
  });
  return link;
}
