import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2, { type ServerChannel } from "ssh2";

/** A server on this machine's loopback, for whoever has the one key. */
export interface SshServer {
  /** `ssh://git@127.0.0.1:PORT`. */
  readonly address: string;
  close(): Promise<void>;
}

/** What a client's command stands for. Undefined: it is refused. */
type Commands = (command: string) => readonly [string, ...string[]] | undefined;

/** Serves the repositories below a directory; one is at `/<its directory>`. In: the client's public key, in OpenSSH's form. */
export function serveGitBySsh(directory: string, publicKey: string): Promise<SshServer> {
  return serveSsh(publicKey, (command) => {
    const [, path] = /^git-upload-pack '\/(.*)'$/.exec(command) ?? [];
    return path === undefined
      ? undefined
      : ["git", "-c", "safe.directory=*", "upload-pack", join(directory, path)];
  });
}

export async function serveSsh(publicKey: string, commands: Commands): Promise<SshServer> {
  const allowed = ssh2.utils.parseKey(publicKey);
  if (allowed instanceof Error) throw allowed;
  const hostKey = ssh2.utils.generateKeyPairSync("ed25519").private;
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on("authentication", (context) => {
      const isAllowed =
        context.method === "publickey" &&
        allowed.getPublicSSH().equals(context.key.data) &&
        (context.signature === undefined ||
          allowed.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo) === true);
      if (isAllowed) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, reject, { command }) => {
        const words = commands(command);
        if (words === undefined) return reject();
        run(words, acceptExec());
      });
    });
    // A client that is killed is no fault of the server's.
    client.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `ssh://git@127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function run([program, ...words]: readonly [string, ...string[]], channel: ServerChannel): void {
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
