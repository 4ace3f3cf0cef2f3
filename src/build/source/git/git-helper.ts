import type { Duplex } from "node:stream";
import type { UrlCredentials } from "./git-credentials.ts";

/** What git asks a helper, or tells it. Keys as git has them, and whether it is `get`, `store` or `erase`. */
export interface HelperQuestion {
  readonly operation: string;
  /** Characters stand for bytes. A key may come several times. */
  readonly lines: readonly (readonly [string, string])[];
}

/** Lines of a helper's answer; empty: it has none. */
export type HelperAnswer = Readonly<Record<string, string>>;

/**
 * A helper of git's that hands its questions to us, by the descriptor 3 that git has from us: so a password is in no file,
 * argument or environment. git asks no other helper about this server, and none stores what stood in a URL.
 * Source: git-credential(1), "INPUT/OUTPUT FORMAT"; gitcredentials(7), "CUSTOM HELPERS".
 */
export function helperSettings({ origin }: UrlCredentials): readonly string[] {
  const answer = `while IFS= read -r line <&3 && [ -n "$line" ]; do printf "%s\\n" "$line"; done`;
  const helper = `!f() { { echo "operation=$1"; cat; echo; } >&3; ${answer}; }; f`;
  return [`credential.${origin}.helper=`, `credential.${origin}.helper=${helper}`];
}

/** Answers that helper, one question after another. A question ends with an empty line, and so does an answer. */
export function answerHelper(
  channel: Duplex,
  answer: (question: HelperQuestion) => HelperAnswer | Promise<HelperAnswer>,
): void {
  let asked = "";
  let turn: Promise<unknown> = Promise.resolve();
  channel.on("error", () => undefined);
  channel.on("data", (piece: Buffer) => {
    asked += piece.toString("latin1");
    for (let end = asked.indexOf("\n\n"); end !== -1; end = asked.indexOf("\n\n")) {
      const question = readQuestion(asked.slice(0, end));
      asked = asked.slice(end + 2).trimStart();
      turn = turn.then(async () =>
        channel.write(formatLines(Object.entries(await answer(question))), "latin1"),
      );
      // Whoever has ended us hears of it elsewhere.
      turn = turn.catch(() => channel.write("\n"));
    }
  });
}

function readQuestion(text: string): HelperQuestion {
  const lines = text.split("\n").map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  const [[, operation] = ["", ""], ...rest] = lines;
  return { operation, lines: rest };
}

/** As git and its helpers talk. */
export function formatLines(lines: readonly (readonly [string, string])[]): string {
  return `${lines.map(([key, value]) => `${key}=${value}\n`).join("")}\n`;
}

/** Whether a question is about the server that credentials belong to. */
export function isAbout({ lines }: HelperQuestion, { origin }: UrlCredentials): boolean {
  const { protocol, host } = Object.fromEntries(lines);
  const url = `${protocol}://${host}`;
  return URL.canParse(url) && new URL(url).origin === origin;
}
