// A sandbox of one's own, and xero-node pointed at it.
//
// xero-node has Xero's two origins written into it. An axios interceptor sends them to the sandbox instead, and
// openid-client discovers the sandbox as its issuer; everything else is the SDK as it comes.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const axios = require("axios");
const { Issuer } = require("openid-client");
const { XeroClient } = require("xero-node");

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const REDIRECT = "http://localhost:8000/xero/callback";
export const SCOPES =
  "openid profile email offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings accounting.attachments";

/** Start a sandbox on a free port; its origin, and how to stop it. */
export async function start() {
  const python = process.env.SANDBOX_PYTHON ?? `${ROOT}/.venv/bin/python`;
  const child = spawn(python, ["-m", "bluestamp.sandbox", "--port", "0"], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const found = line.match(/http:\/\/localhost:\d+/);
    if (found) return { origin: found[0], stop: () => child.kill("SIGTERM") };
  }
  throw new Error("The sandbox didn't start");
}

/** Xero's SDK for Node, speaking to the sandbox. */
export async function client(origin) {
  axios.interceptors.request.use((request) => {
    request.url = request.url.replace(/^https:\/\/(api|identity)\.xero\.com/, origin);
    return request;
  });
  const config = {
    clientId: "bluestamp-demo",
    clientSecret: "bluestamp-demo-secret",
    redirectUris: [REDIRECT],
    scopes: SCOPES.split(" "),
    state: "s-1",
  };
  const xero = new XeroClient(config);
  const issuer = await Issuer.discover(origin);
  xero.openIdClient = new issuer.Client({
    client_id: config.clientId,
    client_secret: config.clientSecret,
    redirect_uris: config.redirectUris,
  });
  return xero;
}

/** Press "Allow access" on the consent page; the address the person is sent back to. */
export async function allow(xero, organisation) {
  const answer = await fetch(await xero.buildConsentUrl(), {
    method: "POST",
    body: new URLSearchParams({ decision: "allow", organisation }),
    redirect: "manual",
  });
  return answer.headers.get("location");
}
