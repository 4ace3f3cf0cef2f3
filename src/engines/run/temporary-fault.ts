/**
 * How BuildKit tells of a server that may do better in a while: 408, 425, 429 and 5xx of a registry or its token server, and
 * connections that break or do not come about in time. Source: containerd's `remotes/errors`, Go's net and net/http.
 */
const passing = [
  /\bunexpected status\b[^"]*?:? (?:408|425|429|5\d\d)\b/,
  /\bunexpected status code\b.*: (?:408|425|429|5\d\d)\b/,
  /\btoomanyrequests\b/i,
  /\bconnection reset by peer\b/,
  /\bbroken pipe\b/,
  /\bi\/o timeout\b/,
  /\bTLS handshake timeout\b/,
  /\bClient\.Timeout exceeded\b/,
  /\bcontext deadline exceeded\b/,
  /\bconnection refused\b/,
  /\bserver misbehaving\b|\bTemporary failure in name resolution\b/,
  /: (?:unexpected )?EOF$/,
];

/** What the client ends with; lines of steps have something in front. */
const verdict = /^(?:ERROR|error): /;

/**
 * Whether a line says that a build failed for a registry, and that trying again may help. What a step ended with does not:
 * its command is a stranger's text. Undefined: the line is no client's last word.
 */
export function temporaryFault(line: string): boolean | undefined {
  if (!verdict.test(line)) return undefined;
  if (
    !/\bfailed to (?:push|authorize|fetch|do request|copy|resolve|commit)|\bfailed commit\b|\bexporting\b|httpReadSeeker/.test(
      line,
    )
  ) {
    return false;
  }
  if (/\bprocess "/.test(line)) return false;
  return passing.some((pattern) => pattern.test(line));
}
