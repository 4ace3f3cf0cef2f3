import { randomUUID, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Certificate, makeAuthority, makeCertificate } from "../helpers/certificates.ts";
import type { Lab } from "../lab/lab.ts";
import { inState } from "../lab/paths.ts";
import { until } from "../lab/process.ts";
import { freePort } from "../lab/registry.ts";

/** Who may read. */
export const user = { name: "robot", password: "open-sesame" } as const;
/** The same user's OAuth2 refresh token. */
export const identityToken = "identity-of-robot";
/** `robot:open-sesame` by bcrypt, the only way that the registry's htpasswd file takes. */
const htpasswd = "robot:$2y$05$abcdefghijklmnopqrstuutXu9KzOt.1yBoZUeFWoT/914/JfszCO\n";

const service = "private registry";
const issuer = "token server of the tests";

/** A real registry with the lab's images that wants TLS and a login. */
export interface PrivateRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The CA that signed its certificate; no machine knows it. */
  readonly authority: Certificate;
  /** How tokens were asked for: `GET robot`, `POST refresh_token`, `POST password`, `GET nobody`. */
  readonly tokenRequests: string[];
  /** The token server's own address, `http://127.0.0.1:PORT/token`. Where logins are Basic, nobody is sent there. */
  readonly tokenUrl: string;
  readonly close: () => Promise<void>;
}

export interface RegistrySettings {
  /** Where clients are told to fetch tokens. Default: the token server's own address. */
  readonly realm?: string;
  /** Whether images can be pushed, which are then the lab's, too. Default: no. */
  readonly takesImages?: boolean;
}

/** Starts one that sends its clients to a token server (`token`), or asks for name and password itself (`basic`). */
export async function startPrivateRegistry(
  lab: Lab,
  auth: "token" | "basic",
  { realm, takesImages = false }: RegistrySettings = {},
): Promise<PrivateRegistry> {
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-registry-"));
  const part = (name: string) => mkdtempSync(join(directory, `${name}-`));
  const authority = makeAuthority(part("authority"));
  const server = makeCertificate({ names: "IP:127.0.0.1", ca: authority }, part("server"));
  const signer = makeCertificate({ names: "DNS:token.example", ca: authority }, part("signer"));
  const tokenRequests: string[] = [];
  const tokens = await startTokenServer(signer, tokenRequests);
  writeFileSync(join(directory, "htpasswd"), htpasswd);
  const host = `127.0.0.1:${await freePort(30_000)}`;
  const config = {
    version: "0.1",
    log: { level: "warn" },
    storage: {
      filesystem: { rootdirectory: inState("registry") },
      maintenance: { readonly: { enabled: !takesImages } },
    },
    http: { addr: host, secret: "x", tls: { certificate: server.certFile, key: server.keyFile } },
    auth:
      auth === "basic"
        ? { htpasswd: { realm: "private", path: join(directory, "htpasswd") } }
        : { token: { realm: realm ?? tokens.url, service, issuer, rootcertbundle: authority.certFile } },
  };
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  // Ends with this process, also when that is interrupted.
  const daemon = execa(lab.tools.registry, ["serve", join(directory, "config.json")], {
    reject: false,
    all: true,
  });
  const close = async () => {
    daemon.kill();
    await Promise.all([daemon, tokens.close()]);
    rmSync(directory, { recursive: true, force: true });
  };
  // A TLS server answers plain http, too: with 400.
  const answers = () =>
    fetch(`http://${host}/`).then(
      () => true,
      () => false,
    );
  if (await until(answers, 20_000)) return { host, authority, tokenRequests, tokenUrl: tokens.url, close };
  await close();
  throw new Error(`the registry does not answer: ${(await daemon).all}`);
}

/** Gives whoever may read a token for what he asks for. Source: distribution's "Token Authentication Implementation". */
async function startTokenServer(
  signer: Certificate,
  requests: string[],
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer(async (request, response) => {
    const { fields, who } = await readTokenRequest(request);
    requests.push(who);
    if (![`GET ${user.name}`, "POST refresh_token", "POST password"].includes(who)) {
      response.writeHead(401).end('{"errors": [{"code": "UNAUTHORIZED"}]}');
      return;
    }
    const access = fields
      .getAll("scope")
      .flatMap((scopes) => scopes.split(" "))
      .map((scope) => {
        const [type, name, actions = ""] = scope.split(":");
        return { type, name, actions: actions.split(",") };
      });
    const token = makeToken(signer, access);
    response.end(JSON.stringify({ token, access_token: token }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

async function readTokenRequest(
  request: IncomingMessage,
): Promise<{ readonly fields: URLSearchParams; readonly who: string }> {
  const { method, url = "", headers } = request;
  if (method === "POST") {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const fields = new URLSearchParams(Buffer.concat(chunks).toString());
    const isKnown =
      fields.get("refresh_token") === identityToken ||
      (fields.get("username") === user.name && fields.get("password") === user.password);
    return { fields, who: `POST ${isKnown ? fields.get("grant_type") : "nobody"}` };
  }
  const basic = Buffer.from(headers.authorization?.replace("Basic ", "") ?? "", "base64").toString();
  const who = basic === `${user.name}:${user.password}` ? user.name : "nobody";
  return { fields: new URL(url, "http://localhost").searchParams, who: `GET ${who}` };
}

/** A JSON web token that carries the certificate of its signer. */
function makeToken(signer: Certificate, access: readonly object[]): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const x5c = [signer.cert.replace(/-----[^-]+-----|\s/g, "")];
  const claims = {
    iss: issuer,
    sub: user.name,
    aud: service,
    exp: now + 60,
    nbf: now - 60,
    iat: now,
    jti: randomUUID(),
  };
  const text = `${encode({ typ: "JWT", alg: "ES256", x5c })}.${encode({ ...claims, access })}`;
  const signature = sign("sha256", Buffer.from(text), { key: signer.key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
