/** Takes one line for the build's progress. */
export type Log = (line: string) => void;

/** `151.2 MB`, in powers of ten as container tools show sizes. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`;
  if (sizeBytes < 1_000_000) return `${(sizeBytes / 1000).toFixed(1)} kB`;
  return `${(sizeBytes / 1_000_000).toFixed(1)} MB`;
}
