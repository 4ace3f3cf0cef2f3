import { chmodSync, lutimesSync, readdirSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import type { TarHeader } from "modern-tar";
import { unknownTime } from "../../archive/zip-as-tar.ts";

/** What a tar says and unpacking does not do: modes whatever the umask is, and directories' times, which each new file changes. */
export class UnpackedTree {
  readonly #directory: string;
  readonly #umask: number;
  readonly #files = new Map<string, number>();
  readonly #directories = new Map<string, { readonly mode: number; readonly time: Date }>();

  /** In: an empty directory that was made with every mode bit. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#umask = ~statSync(directory).mode & 0o777;
  }

  /** The header that is unpacked. Its owner may read and remove everything. */
  note(header: TarHeader): TarHeader {
    const { type = "file", mode = 0, mtime } = header;
    const own = (mode & 0o777) | (type === "directory" ? 0o700 : 0o600);
    const time = saneTime(mtime);
    const path = pathOf(header);
    if (type === "directory") this.#directories.set(path, { mode: own, time });
    // A later entry of the name counts.
    else if ((own & this.#umask) !== 0) this.#files.set(path, own);
    else this.#files.delete(path);
    return { ...header, mode: own, mtime: time };
  }

  /** To be called when all is there. No link is followed. */
  finish(path = ""): void {
    for (const entry of readdirSync(join(this.#directory, path), { withFileTypes: true })) {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      const place = join(this.#directory, inner);
      if (entry.isDirectory()) {
        this.finish(inner);
        const { mode = 0o755, time = unknownTime } = this.#directories.get(inner) ?? {};
        chmodSync(place, mode);
        lutimesSync(place, time, time);
      } else if (entry.isFile()) {
        const mode = this.#files.get(inner);
        if (mode !== undefined) chmodSync(place, mode);
      }
    }
  }
}

/** Where an entry comes to lie below the root. */
export function pathOf({ name }: TarHeader): string {
  return posix.normalize(name).replace(/^\/+|\/+$/g, "");
}

/** Years that a tar, a zip and every file system can say: times in others come from damage or malice. */
const [earliest, latest] = [0, Date.UTC(2107, 11, 31)];

function saneTime(time: Date | undefined): Date {
  const ms = time?.getTime() ?? Number.NaN;
  return time !== undefined && ms >= earliest && ms <= latest ? time : unknownTime;
}
