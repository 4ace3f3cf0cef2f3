import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nativeFiles } from "../../contract/program.ts";

const setprivPaths = ["/usr/bin/setpriv", "/bin/setpriv"];

/** Where what is laid out will lie, and for which root file system. */
interface NativeRequest {
  /** Absolute, in that file system. */
  readonly to: string;
  /** A root file system in which these programs are also to start as usual, by links at their own paths. Absent: ours, as it is. */
  readonly root?: string;
}

/**
 * Lays out this Node.js, its loader, its libraries and the shell in a directory; setpriv too, where util-linux's is there. A builder
 * image may have no Node.js, no shell and another C library, or be of another architecture.
 * Throws node's error where something cannot be copied. Source: ld.so(8), "--library-path", "--list".
 */
export function layOutNative({ to, root }: NativeRequest): void {
  const place = join(root ?? "/", to);
  mkdirSync(join(place, nativeFiles.libraries), { recursive: true });
  const put = (from: string, name: string, mode = 0o755) => {
    copyFileSync(realpathSync(from), join(place, name));
    chmodSync(join(place, name), mode);
    if (root !== undefined) putLink(join(root, from), join(to, name));
  };
  const loaded = loadedObjects();
  const loader = loaded.find(isLoader);
  if (loader === undefined) throw new Error(`no dynamic loader among ${loaded.join(", ")}`);
  put(process.execPath, nativeFiles.node);
  put(loader, nativeFiles.loader);
  put("/bin/sh", nativeFiles.shell);
  const setpriv = setprivPaths.find((path) => existsSync(path) && basename(realpathSync(path)) === "setpriv");
  if (setpriv !== undefined) put(setpriv, nativeFiles.setpriv);
  const libraries = new Set([
    ...[...loaded, ...librariesOf(loader, "/bin/sh")],
    ...(setpriv === undefined ? [] : librariesOf(loader, setpriv)),
  ]);
  for (const path of libraries) {
    // musl's loader is its C library, too.
    if (!isLoader(path)) put(path, join(nativeFiles.libraries, basename(path)), 0o644);
  }
}

function putLink(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function isLoader(path: string): boolean {
  return /^ld(?:-linux|-musl|64)?[-\w]*\.so/.test(basename(path));
}

/** What is loaded into this process, as absolute paths; the vDSO has none. */
function loadedObjects(): string[] {
  const report = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  const own = realpathSync(process.execPath);
  return (report.sharedObjects ?? []).filter((path) => path.startsWith("/") && realpathSync(path) !== own);
}

/** Lines are `name => path (address)`. */
function librariesOf(loader: string, program: string): string[] {
  const listed = execFileSync(loader, ["--list", program], { encoding: "utf8" });
  return [...listed.matchAll(/ => (\/\S+) \(0x/g)].map(([, path = ""]) => path);
}
