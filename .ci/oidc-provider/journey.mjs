// Goes the whole way with both providers: start, the provider's forms, callback, /me; then an identity is linked and unlinked.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Browser } from "./browser.mjs";
import { startProviders } from "./providers.mjs";

const { API_URL: api, AWS_URL: aws, OIDC_PROVIDERS } = process.env;
const secrets = { strict: `s:${randomUUID()}+%20`, usual: randomUUID() };
const home = (name) => `${api}/_local/oidc/${name}/callback`;

async function call(method, path, { body, token, status = 200 } = {}) {
  const headers = { ...(body && { "content-type": "application/json" }), ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, status, `${method} ${path}: ${text}`);
  return text ? JSON.parse(text) : {};
}

/** The operator gives our client secrets to the API. The local endpoint believes the access key. */
async function keepSecrets() {
  const credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=00";
  const headers = { authorization: credential, "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.PutSecretValue" };
  const body = JSON.stringify({ SecretId: "builder/dev/oidc", SecretString: JSON.stringify(secrets), ClientRequestToken: randomUUID() });
  const answer = await fetch(aws, { method: "POST", headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

async function go(name, login, start, token) {
  const { data } = await call("POST", start, { token, body: token ? undefined : { returnTo: "/orders" } });
  const { code, state, iss, ...rest } = await new Browser().signIn(data.authorizationUrl, login, home(name));
  assert.ok(code && state && iss, JSON.stringify(rest));
  return { code, state, iss, flowSecret: data.flowSecret };
}

async function signIn(name, login, status = 200) {
  const body = await go(name, login, `/api/v1/auth/oidc/${name}/start`);
  const answer = await call("POST", `/api/v1/auth/oidc/${name}/callback`, { body, status });
  return { ...answer.data, code: answer.code, body };
}

async function me({ accessToken: token }) {
  return (await call("GET", "/api/v1/me", { token })).data;
}

async function registered(email) {
  const password = "correct horse battery staple";
  await call("POST", "/api/v1/auth/register", { body: { email }, status: 202 });
  for (let tries = 0; tries < 100; tries += 1) {
    const { data } = await call("GET", `/_local/emails?to=${email}`);
    const token = data.map((mail) => mail.text.match(/token=(vt_\S+)/)?.[1]).find(Boolean);
    if (token) {
      await call("POST", "/api/v1/auth/verify-email", { body: { token, password, name: "Ada" } });
      return (await call("POST", "/api/v1/auth/login", { body: { email, password } })).data;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no mail");
}

async function journey(name) {
  const email = `grace@${name}.example`;
  const first = await signIn(name, email);
  const account = await me(first);
  assert.deepEqual([account.email, account.name, account.role], [email, "Grace Hopper", "user"]);
  assert.ok(first.returnTo.endsWith("/orders"), first.returnTo);
  assert.equal((await me(await signIn(name, email))).id, account.id, "the same account");

  const replayed = await call("POST", `/api/v1/auth/oidc/${name}/callback`, { body: first.body, status: 401 });
  assert.equal(replayed.code, "invalid-flow");
  // The provider's own memory, by a flow of its own: the code was used.
  const again = await go(name, email, `/api/v1/auth/oidc/${name}/start`);
  const stolen = await call("POST", `/api/v1/auth/oidc/${name}/callback`, { body: { ...again, code: first.body.code }, status: 401 });
  assert.equal(stolen.code, "sign-in-refused");
  assert.equal((await signIn(name, `unverified@${name}.example`, 403)).code, "email-not-verified");

  const ada = await registered(`ada@${name}.example`);
  const path = `/api/v1/me/identities/${name}`;
  const body = await go(name, `elsewhere@${name}.example`, `${path}/start`, ada.accessToken);
  await call("POST", path, { token: ada.accessToken, body });
  assert.equal((await me(await signIn(name, `elsewhere@${name}.example`))).id, (await me(ada)).id, "a linked identity");
  await call("DELETE", path, { token: ada.accessToken, status: 204 });
  assert.notEqual((await me(await signIn(name, `elsewhere@${name}.example`))).id, (await me(ada)).id, "an unlinked one");
  console.log(`${name}: signed in, replayed in vain, linked and unlinked`);
}

const configured = JSON.parse(OIDC_PROVIDERS).map(({ name, issuer }) => ({
  name,
  port: Number(new URL(issuer).port),
  redirectUri: home(name),
  secret: secrets[name],
}));
const stop = await startProviders(configured);
try {
  await keepSecrets();
  assert.deepEqual((await call("GET", "/api/v1/auth/oidc/providers")).data, [{ name: "strict" }, { name: "usual" }]);
  for (const { name } of configured) await journey(name);
} finally {
  stop();
}
