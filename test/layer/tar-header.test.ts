import { describe, expect, it } from "vitest";
import { type TarEntry, tarHeader } from "../../src/layer/tar-header.ts";

function header(entry: Partial<TarEntry>): Buffer {
  const plain = {
    name: "f",
    kind: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeSeconds: 0,
    link: "",
  } as const;
  return tarHeader({ ...plain, ...entry });
}

function field(block: Buffer, offset: number, size: number): string {
  return block.toString("latin1", offset, offset + size).replace(/\0+$/, "");
}

describe("a tar header", () => {
  it("is one block where USTAR suffices", () => {
    const block = header({ name: "dir/", kind: "directory", mode: 0o1777, uid: 1001, gid: 1000 });
    expect(block).toHaveLength(512);
    expect(field(block, 0, 100)).toBe("dir/");
    expect(field(block, 100, 8)).toBe("0001777");
    expect(field(block, 156, 1)).toBe("5");
  });

  it("splits a long path at the last slash that fits", () => {
    const block = header({ name: `${"a".repeat(90)}/${"b".repeat(90)}/c` });
    expect(block).toHaveLength(512);
    expect([field(block, 0, 100), field(block, 345, 155)]).toEqual([`${"b".repeat(90)}/c`, "a".repeat(90)]);
  });

  it("does not split at the slash a directory's name ends in", () => {
    expect(header({ name: `${"a".repeat(120)}/`, kind: "directory" })).toHaveLength(3 * 512);
  });

  it("puts a PAX record before what USTAR cannot say", () => {
    const blocks = header({ name: "d/\xc3\xa9", kind: "symlink", link: "t".repeat(101) });
    expect(blocks).toHaveLength(3 * 512);
    expect(field(blocks, 0, 100)).toBe("d/PaxHeaders.0");
    expect(field(blocks, 156, 1)).toBe("x");
    expect(blocks.toString("utf8", 512, 1024).replace(/\0+$/, "")).toBe(
      `115 linkpath=${"t".repeat(101)}\n13 path=d/é\n`,
    );
    expect(field(blocks, 1024, 100)).toBe("d/");
  });

  it("keeps a large owner and size in records and writes zeros", () => {
    const blocks = header({ uid: 3_000_000, size: 2 ** 33 });
    expect(blocks.toString("latin1", 512, 1024).replace(/\0+$/, "")).toBe(
      "19 size=8589934592\n15 uid=3000000\n",
    );
    expect([field(blocks, 1024 + 108, 8), field(blocks, 1024 + 124, 12)]).toEqual(["0000000", "00000000000"]);
  });

  it("has a checksum that any reader accepts", () => {
    const block = header({ name: "x", size: 5 });
    const sum = [...block].reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
    expect(field(block, 148, 8)).toBe(`${sum.toString(8).padStart(6, "0")}\0 `);
  });
});
