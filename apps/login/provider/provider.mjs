// An OpenID provider for development: `oidc-provider`, with one client, our site, and anybody as its user.
//
//     node provider.mjs <site's URL> <client's id> <client's secret>
//
// It says `Listening on http://localhost:PORT` when it does, and ends when its standard input is closed: so it never
// outlives the program that has started it.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [site, clientId, clientSecret] = process.argv.slice(2);

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

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
