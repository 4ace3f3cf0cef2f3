import { isLikeToken, type UrlCredentials } from "./git-credentials.ts";
import { formatLines, type HelperAnswer, type HelperQuestion, isAbout } from "./git-helper.ts";

/** What runs programs for a login. */
export interface LoginPrograms {
  /** `git credential` with the user's helpers, which asks nobody. In: what it is to do, and the lines for it. Out: its lines. */
  readonly askHelpers: (action: "fill" | "approve" | "reject", lines: string) => Promise<string>;
  /** The user's program for questions. Out: undefined where he has none, or it does not answer. */
  readonly askProgram: (prompt: string) => Promise<string | undefined>;
  /** Whether somebody is there whom git can ask. */
  readonly hasTerminal: boolean;
}

/**
 * Answers git about the server of a URL. A name that stands there alone is not for arguments, since it may be a token; but
 * whose it is, the user's own helpers may know. So they are asked as git would ask them, then his program for questions,
 * then he himself by git. If none of them has a password, there is an empty one, with which forges take a token.
 */
export async function answerLogin(
  question: HelperQuestion,
  remote: string,
  credentials: UrlCredentials,
  programs: LoginPrograms,
): Promise<HelperAnswer> {
  if (!isAbout(question, credentials)) return {};
  const { username, password } = credentials;
  const { operation } = question;
  if (password !== undefined) return operation === "get" ? { username, password } : {};
  if (operation !== "get") {
    await pass(question, remote, credentials, programs);
    return {};
  }
  // What the server says of itself, for helpers that want to know.
  const challenges = question.lines.filter(([key]) => key === "wwwauth[]");
  const filled = await programs.askHelpers(
    "fill",
    formatLines([...placeOf(remote), ["username", username], ...challenges]),
  );
  const found = /^password=(.*)$/m.exec(filled)?.[1] ?? (await programs.askProgram(promptFor(credentials)));
  if (found !== undefined) return { username, password: found };
  return programs.hasTerminal ? { username } : { username, password: "" };
}

/** Whether a password was right. The empty one is ours. */
async function pass(
  { operation, lines }: HelperQuestion,
  remote: string,
  { username }: UrlCredentials,
  { askHelpers }: LoginPrograms,
): Promise<void> {
  const told = Object.fromEntries(lines);
  if (told.username !== username || (told.password ?? "") === "") return;
  const action = operation === "store" ? "approve" : "reject";
  const login = [
    ["username", username],
    ["password", told.password ?? ""],
  ] as const;
  await askHelpers(action, formatLines([...placeOf(remote), ...login]));
}

/** The repository, as git tells helpers; those of one path are found by it. In: without credentials. */
function placeOf(remote: string): readonly (readonly [string, string])[] {
  const [, protocol = "", host = "", path = ""] = /^(https?):\/\/([^/?#]*)\/?(.*)$/.exec(remote) ?? [];
  const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
  return [
    ["protocol", protocol],
    ["host", bytes(host)],
    ["path", bytes(path)],
  ];
}

/** An argument of a program, so that a token must not be in it. */
function promptFor({ origin, username }: UrlCredentials): string {
  const name = isLikeToken(username) ? "" : `${encodeURIComponent(username)}@`;
  return `Password for '${origin.replace("//", `//${name}`)}': `;
}
