import { execFile } from "node:child_process";
import * as v from "valibot";
import type { Secret } from "./secret.ts";

/** Longest wait for a helper; some ask a keychain that asks the user. */
const timeoutMs = 30_000;

const answerSchema = v.object({ Username: v.string(), Secret: v.string() });

type HelperAnswer =
  | { readonly kind: "found"; readonly secret: Secret }
  | { readonly kind: "none" }
  /** Reason: a part of a sentence, without anything the helper printed to standard output. */
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Runs `docker-credential-NAME get`. Source: docker's credential helper protocol: the server on standard input, JSON on
 * standard output, `<token>` as the name of an identity token.
 */
export function askHelper(name: string, host: string, limitMs = timeoutMs): Promise<HelperAnswer> {
  // The name comes from a file and becomes a part of a program's name, never a path.
  if (!/^[\w][\w.-]*$/.test(name)) {
    return Promise.resolve({ kind: "failed", reason: `${JSON.stringify(name)} cannot be a helper's name` });
  }
  const server = host === "docker.io" ? "https://index.docker.io/v1/" : host;
  return new Promise((resolve) => {
    const child = execFile(
      `docker-credential-${name}`,
      ["get"],
      { timeout: limitMs, killSignal: "SIGKILL", encoding: "utf8" },
      (error, stdout, stderr) => resolve(readAnswer(error, stdout, stderr, limitMs)),
    );
    // One that ends without reading is no fault of ours; its exit code tells.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(server);
  });
}

function readAnswer(
  error: (Error & { readonly code?: unknown; readonly killed?: boolean }) | null,
  stdout: string,
  stderr: string,
  limitMs: number,
): HelperAnswer {
  if (error === null) return readSecret(stdout);
  if (error.code === "ENOENT") return { kind: "failed", reason: "the program is not on the PATH" };
  if (error.code === "EACCES") return { kind: "failed", reason: "it is not executable" };
  if (error.killed === true) return { kind: "failed", reason: `no response within ${limitMs / 1000} s` };
  if (/credentials not found/i.test(stdout + stderr)) return { kind: "none" };
  const said =
    stderr
      .trim()
      .split("\n")[0]
      ?.replace(/\p{Cc}/gu, " ")
      .slice(0, 200) ?? "";
  return { kind: "failed", reason: `exit code ${error.code}${said === "" ? "" : `: ${said}`}` };
}

function readSecret(stdout: string): HelperAnswer {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    return { kind: "failed", reason: "its output is not JSON" };
  }
  const answer = v.safeParse(answerSchema, value);
  if (!answer.success) return { kind: "failed", reason: "its output has no Username or Secret" };
  const { Username: username, Secret: password } = answer.output;
  if (password === "" && username === "") return { kind: "none" };
  const secret: Secret =
    username === "<token>" ? { kind: "identity", token: password } : { kind: "password", username, password };
  return { kind: "found", secret };
}
