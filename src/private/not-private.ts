/** A directory or a file that another user of this machine could read, change or replace. */
export class NotPrivate extends Error {
  /** What is wrong, without the full stop: "/tmp/x belongs to user 1001". */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}
