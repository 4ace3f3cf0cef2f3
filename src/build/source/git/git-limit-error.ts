/** What a source goes beyond. */
type GitLimit = "sizeBytes" | "entries" | "path" | "silenceMs" | "totalMs";

/** A repository goes beyond a limit; the message is a clause for behind a colon. */
export class GitLimitError extends Error {
  override readonly name = "GitLimitError";
  readonly limit: GitLimit;

  constructor(limit: GitLimit, message: string) {
    super(message);
    this.limit = limit;
  }
}
