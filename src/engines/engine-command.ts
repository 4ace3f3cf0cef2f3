/** A program to run, without a shell. */
export interface EngineCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Variables beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
}
