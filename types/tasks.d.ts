declare module "*/tasks.mjs" {
  /** The program in one file, for an executable that holds the files of the package. In: where it goes. */
  export function bundleExecutable(outfile: string): Promise<void>;
}
