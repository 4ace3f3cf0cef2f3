import fc from "fast-check";
import type { ByteString } from "../../src/layer/byte-string.ts";
import type { TarEntry } from "../../src/layer/tar-header.ts";

/** A file of a tree as the layer writer (`test/lab/layer-writer`) makes it. */
export interface TreeItem {
  readonly kind: "directory" | "file" | "symlink" | "hardlink" | "fifo" | "socket" | "device";
  /** Relative to the tree; parents come before what they hold. */
  readonly path: ByteString;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Time of change, since 1970. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly content: ByteString;
  /** Bytes; what is more than the content is a hole. */
  readonly size: number;
  /** Target of a symlink; of a hard link, the path of a name that came before. */
  readonly link: ByteString;
  readonly xattrs: Readonly<Record<string, ByteString>>;
}

/** What a generated tree can hold. */
export interface TreeRange {
  /** Owners and times of all kinds; false: those that root leaves today, for a tree that is copied anyway. */
  readonly attributes: boolean;
}

/** Lengths at which a name begins to be written in another way. */
const edges = [99, 100, 101, 153, 154, 155, 156, 157, 255];

const foreign = fc.constantFrom("é", "日本語", "ß".repeat(50), "🙂", "e\u0301", "\u200f").map(utf8);
const controls = fc.constantFrom(
  "\n",
  "\t",
  "\x7f",
  "\x1b[2J",
  " ",
  "  x ",
  "=",
  "12 path=x\n",
  "\\",
  "*",
  '"',
);
const anyBytes = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString("latin1"));
const plain = fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/);
const long = fc
  .tuple(fc.constantFrom(...edges), fc.constantFrom("n", "\xc3", "\xff"))
  .map(([length, byte]) => byte.repeat(length));

/** One to 255 bytes that a directory can hold. */
const name: fc.Arbitrary<ByteString> = fc
  .oneof(
    { weight: 4, arbitrary: plain },
    { weight: 2, arbitrary: long },
    { weight: 1, arbitrary: foreign },
    { weight: 1, arbitrary: controls },
    { weight: 1, arbitrary: anyBytes },
  )
  .map((text) => text.replaceAll(/[\0/]/g, "_").replace(/^\.{1,2}$/, "dots"));

const target: fc.Arbitrary<ByteString> = fc.oneof(
  fc.constantFrom("nowhere", "/absolute", "../../..", ".", "a//b/", utf8("é/è")),
  fc.constantFrom(99, 100, 101, 255, 256, 300, 4095).map((length) => "t".repeat(length)),
  // Where a link is cut, it may end in a slash.
  fc.constantFrom(98, 99, 100).map((length) => `${"d".repeat(length)}///${"e".repeat(10)}`),
  anyBytes.map((text) => text.replaceAll("\0", "_")),
);

/** The largest numbers that USTAR can say, the next ones, and the largest there are. */
const owner = fc.constantFrom(0, 1000, 1001, 2_097_151, 2_097_152, 3_000_000, 0xfffffffe);
const seconds = fc.constantFrom(315_532_801, 0, 1, -1, -86_400, -2_000_000_000, 1_700_000_000, 8_000_000_000);
const nanoseconds = fc.constantFrom(0, 0, 1, 500_000_000, 999_999_999);

/** A header on its own, of sizes that no test makes. */
export const hostileHeader: fc.Arbitrary<TarEntry> = fc
  .record({
    kind: fc.constantFrom("file", "hardlink", "symlink", "directory", "fifo"),
    name: fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join("/")),
    mode: fc.nat(0o7777),
    uid: owner,
    gid: owner,
    size: fc.constantFrom(0, 1, 512, 8 ** 11 - 1, 8 ** 11, 2 ** 40),
    mtimeSeconds: seconds,
    link: target,
  })
  .map(({ kind, size, link, name: text, ...rest }) => ({
    ...rest,
    kind,
    name: kind === "directory" ? `${text}/` : text,
    size: kind === "file" ? size : 0,
    link: kind === "symlink" || kind === "hardlink" ? link : "",
  }));

interface Node {
  readonly name: ByteString;
  readonly kind: TreeItem["kind"];
  readonly item: Pick<TreeItem, "mode" | "uid" | "gid" | "seconds" | "nanoseconds" | "xattrs">;
  readonly content: ByteString;
  readonly hole: number;
  readonly link: ByteString;
  /** Which of the names that came before a hard link stands for. */
  readonly choice: number;
  readonly children: readonly Node[];
}

function node({ attributes }: TreeRange, children: fc.Arbitrary<readonly Node[]>): fc.Arbitrary<Node> {
  const usual = { uid: 0, gid: 0, seconds: 1_700_000_000, nanoseconds: 0 };
  return fc
    .record({
      name,
      kind: fc.oneof(
        { weight: 4, arbitrary: fc.constant("file" as const) },
        { weight: 3, arbitrary: fc.constant("directory" as const) },
        { weight: 2, arbitrary: fc.constantFrom("symlink" as const, "hardlink" as const) },
        { weight: 1, arbitrary: fc.constantFrom("fifo" as const, "socket" as const) },
      ),
      item: fc
        .record({
          mode: fc.oneof(fc.constantFrom(0o644, 0o755, 0, 0o4755, 0o2755, 0o1777), fc.nat(0o7777)),
          uid: owner,
          gid: owner,
          seconds,
          nanoseconds,
          xattrs: fc.boolean(),
        })
        .map(({ xattrs, mode, ...rest }) => ({ mode, ...rest, ...(attributes ? {} : usual), xattrs })),
      content: fc.oneof(
        fc.constant(""),
        fc.constantFrom(1, 511, 512, 513, 70_000).map((length) => "c".repeat(length)),
        anyBytes,
      ),
      hole: fc.constantFrom(0, 0, 0, 1, 512, 2_000_000),
      link: target,
      choice: fc.nat(),
      children,
    })
    .map(({ item: { xattrs, ...item }, ...rest }): Node => {
      // Links and pipes can have none.
      const has = xattrs && (rest.kind === "file" || rest.kind === "directory");
      return { ...rest, item: { ...item, xattrs: has ? { "user.test": "v\xff" } : {} } };
    });
}

/** Trees of up to some dozen files, four directories deep. */
export function hostileTree(range: TreeRange): fc.Arbitrary<readonly TreeItem[]> {
  const below = (depth: number): fc.Arbitrary<readonly Node[]> =>
    depth === 0
      ? fc.constant([])
      : fc.uniqueArray(node(range, below(depth - 1)), {
          maxLength: depth === 4 ? 8 : 3,
          selector: ({ name: text }) => text,
        });
  return below(4).map(listItems);
}

function listItems(nodes: readonly Node[]): TreeItem[] {
  const items: TreeItem[] = [];
  const add = (
    { name: text, kind, item, content, hole, link, choice, children }: Node,
    parent: ByteString,
  ) => {
    const path = `${parent}${text}`;
    const size = kind === "file" ? content.length + hole : 0;
    const firsts = items.filter(
      (one) => one.kind === "file" || one.kind === "symlink" || one.kind === "fifo",
    );
    const first = firsts.length === 0 ? undefined : firsts[choice % firsts.length];
    if (kind === "hardlink" && first === undefined) return;
    items.push({
      ...{ kind, path, ...item, content: kind === "file" ? content : "", size },
      link: kind === "hardlink" ? (first?.path ?? "") : kind === "symlink" ? link : "",
    });
    if (kind === "directory") for (const child of children) add(child, `${path}/`);
  };
  for (const one of nodes) add(one, "");
  return items;
}

function utf8(text: string): ByteString {
  return Buffer.from(text).toString("latin1");
}
