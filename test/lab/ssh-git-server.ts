import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2, { type ServerChannel } from "ssh2";

/** Serves the repositories below a directory by ssh, on this machine's loopback, to whoever has the one key. */
export interface SshGitServer {
  /** `ssh://git@127.0.0.1:PORT`; a repository is at `/<its directory>`. */
  readonly address: string;
  close(): Promise<void>;
}

/** In: the client's public key, in OpenSSH's form; the directory. */
export async function serveGitBySsh(directory: string, publicKey: string): Promise<SshGitServer> {
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
        const [, path] = /^git-upload-pack '\/(.*)'$/.exec(command) ?? [];
        if (path === undefined) return reject();
        uploadPack(join(directory, path), acceptExec());
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

function uploadPack(repository: string, channel: ServerChannel): void {
  const child = spawn("git", ["-c", "safe.directory=*", "upload-pack", repository], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
