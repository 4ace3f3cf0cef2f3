import type { Border } from "../../files/border.ts";
import type { GitPlace } from "../../plan/options.ts";

/** What is to be built, as a directory on this machine, wherever it comes from. */
export interface Source {
  /** Absolute. */
  readonly directory: string;
  /** As the user named it, which may pass links that are no longer in `directory`. Absent: it was brought here. */
  readonly written?: string;
  /** Name for the image where the user gives none: that of the directory or repository. */
  readonly name: string;
  /** Whether it was brought here: the user does not know its directory. */
  readonly isFetched: boolean;
  /**
   * Where all of it lies that was brought here: no root of the project is above (`files/border.ts`). Absent: it was not
   * brought.
   */
  readonly tree?: string;
  /** Text of the file to build, where it came by standard input. */
  readonly fileText?: string;
  /** Where the app is in git, for the id of its cache. */
  readonly git?: GitPlace;
  /** Where it is besides, hashed, which tells it from others that are in no repository; absent: nobody knows. */
  readonly place?: string;
  /** Which state of the repository it is, as far as that is known; absent: nobody says. */
  readonly revision?: Partial<Revision>;
  /** Whether it was unpacked from a file of this machine, where the user sees what lies beside. Absent: no. */
  readonly isLocalArchive?: boolean;
  /** Of an archive of this machine, the border of what lies beside it: its repository. Absent: it is none. */
  readonly beside?: Border;
  /** Takes away what was fetched or unpacked. */
  readonly remove: () => void;
}

export interface Revision {
  /** URL without credentials. */
  readonly remote: string;
  readonly commit: string;
  /** ISO 8601, the commit's. */
  readonly time: string;
  /** Names by which it was asked for. */
  readonly refs: readonly string[];
}
