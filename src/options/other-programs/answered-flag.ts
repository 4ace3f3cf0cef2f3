/** A flag of another program that has no twin here, and what to do in its place. */
export interface AnsweredFlag {
  /** As commander wants it: `-t, --tag <name>`. */
  readonly flags: string;
  /** For a file that is built later; absent: nobody would give it there. */
  readonly instead?: string;
  /** For a build at once; absent: `build` has the flag. */
  readonly insteadOfBuild?: string;
}
