// An OpenID provider for development: `oidc-provider`, with one client, our site, and anybody as its user.
//
//     node provider.mjs <site's URL> <client's id>
//
// The client's secret is the first line of its standard input: arguments are for everybody to see. It says
// `Listening on http://localhost:PORT` when it does, and ends when its standard input is closed: so it never outlives
// the program that has started it.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const [site, clientId] = process.argv.slice(2);
const input = createInterface({ input: process.stdin });
input.on("close", () => process.exit(0));
const [clientSecret] = await once(input, "line");

const keys = [
  { ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid: "rsa", use: "sig" },
  { ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), kid: "ec", use: "sig" },
];

const configuration = {
  clients: [{
    client_id: clientId,
    client_secret: clientSecret,
    client_name: "The login page",
    grant_types: ["authorization_code", "refresh_token"],
    redirect_uris: [`${site}/callback/local`],
    post_logout_redirect_uris: [`${site}/`],
    response_types: ["code"],
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
  conformIdTokenClaims: false, // the ID token says it all
  cookies: { keys: [randomBytes(32).toString("hex")] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, preferred_username: id, email: `${id}@example.com`, email_verified: true }),
  }),
  jwks: { keys },
  pkce: { required: () => true },
};

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, "localhost", () => {
  const issuer = `http://localhost:${server.address().port}`;
  answer = new Provider(issuer, configuration).callback();
  console.log(`Listening on ${issuer}`);
});
