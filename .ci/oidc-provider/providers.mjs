// Two providers by node-oidc-provider, which is certified by the OpenID Foundation. They differ in what clients get wrong:
// one keeps to the letter (no address in ID tokens, RS256, secret in the header), the other does as many do (address in them, ES256, secret in the form).
import { randomUUID, webcrypto } from "node:crypto";
import Provider from "oidc-provider";

// What it says to its operators belongs into the log.
console.info = console.error;

async function key(alg, generated) {
  const { privateKey } = await webcrypto.subtle.generateKey(generated, true, ["sign", "verify"]);
  const { key_ops, ext, ...jwk } = await webcrypto.subtle.exportKey("jwk", privateKey);
  return { ...jwk, alg, use: "sig", kid: randomUUID() };
}

function start({ name, port, redirectUri, secret, alg, method, jwk, conformIdTokenClaims }) {
  const account = (id) => ({
    accountId: id,
    // Who signs in as "unverified.…" has an address that nobody has verified.
    claims: () => ({ sub: `subject of ${id}`, email: id, email_verified: !id.startsWith("unverified"), name: "Grace Hopper" }),
  });
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: `builder-at-${name}`,
        client_secret: secret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        id_token_signed_response_alg: alg,
        token_endpoint_auth_method: method,
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    clientAuthMethods: [method],
    conformIdTokenClaims,
    cookies: { keys: [randomUUID()] },
    enabledJWA: { idTokenSigningAlgValues: [alg] },
    findAccount: (_, id) => account(id),
    jwks: { keys: [jwk] },
    pkce: { required: () => true },
  });
  return new Promise((resolve) => {
    const server = provider.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Starts both; gives how to stop them. */
export async function startProviders(configured) {
  const rsa = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const kinds = {
    strict: { alg: "RS256", method: "client_secret_basic", jwk: await key("RS256", rsa), conformIdTokenClaims: true },
    usual: { alg: "ES256", method: "client_secret_post", jwk: await key("ES256", { name: "ECDSA", namedCurve: "P-256" }), conformIdTokenClaims: false },
  };
  const servers = await Promise.all(configured.map((one) => start({ ...one, ...kinds[one.name] })));
  return () => servers.forEach((server) => server.closeAllConnections() || server.close());
}
