import { describe, expect, it } from "vitest";
import { takeLine } from "../../../src/engines/run/read-trace.ts";
import { RequestReader } from "../../../src/engines/run/trace-requests.ts";

const step = "sha256:1";

/** What a step prints, piece by piece, as a trace has it. */
function requests(pieces: readonly (string | { stream: number; data: string; vertex?: string })[]) {
  const reader = new RequestReader();
  for (const piece of pieces) {
    const { stream, data, vertex = step } = typeof piece === "string" ? { stream: 2, data: piece } : piece;
    const log = { vertex, stream, data: Buffer.from(data).toString("base64") };
    takeLine(JSON.stringify({ logs: [log] }), [reader]);
  }
  return reader.requests();
}

describe("RequestReader", () => {
  it("reads what BuildKit recorded, wherever its pieces are cut", () => {
    const list =
      "403\nproxy network requests:\n- GET https://a.example/x?y=1 -> 200\n- HEAD http://b.example/ -> 404\n- GET https://c.example/\n";
    const found = [
      { step, method: "GET", url: "https://a.example/x?y=1", status: 200 },
      { step, method: "HEAD", url: "http://b.example/", status: 404 },
      { step, method: "GET", url: "https://c.example/" },
    ];
    expect(requests([list])).toEqual(found);
    expect(requests(list.split(/(?<=\n)/))).toEqual(found);
    expect(requests([...list])).toEqual(found);
  });

  it("takes the last list of a step, which no program of it has printed", () => {
    expect(
      requests([
        "proxy network requests:\n- GET https://forged.example/ -> 200\n",
        { stream: 1, data: "proxy network requests:\n- GET https://printed.example/ -> 200\n" },
        "proxy network requests:\n- GET https://real.example/ -> 200\n",
        { stream: 1, data: "proxy network requests:\n", vertex: "sha256:2" },
      ]),
    ).toEqual([{ step, method: "GET", url: "https://real.example/", status: 200 }]);
  });

  it("leaves out lines that are no requests", () => {
    expect(
      requests(["proxy network requests:\n- GET file:///etc -> 200\n- get https://a/ -> 1\nmore\n"]),
    ).toEqual([]);
  });
});
