import { create } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { failureStatus } from "../../../frontend/failures/failure.ts";
import { phaseFailure } from "../../../frontend/failures/phase-failure.ts";
import { StatusSchema } from "../../../frontend/generated/status_pb.js";

const descriptor = {
  file: "project.toml",
  text: '[_]\nschema-version = "0.2"\n\n[io.buildpacks]\nbuilder = "a"\n',
};
const failed = (program: string, code: number, details: object[] = []) =>
  create(StatusSchema, {
    code: 2,
    message: `process "/cnb/lifecycle/${program} -cache-dir /cache" did not complete successfully: exit code: ${code}`,
    details: details.map((detail) => ({
      typeUrl: "github.com/moby/buildkit/errdefs.Solve+json",
      value: Buffer.from(JSON.stringify(detail)),
    })),
  });

describe("a phase that failed", () => {
  it.each([
    ["detector", 20, "detect", "no buildpack group passed detection"],
    ["detector", 21, "detect", "passed detection, and a buildpack failed"],
    ["restorer", 42, "restore", "cached layers could not be restored"],
    ["builder", 51, "build", "a buildpack failed"],
    ["detector", 91, "detect", "the bin/generate of an image extension failed"],
    ["detector", 92, "detect", "the lifecycle cannot use what an image extension wrote"],
    ["builder", 99, "build", "see its output"],
  ])("%s with exit code %i is told as the phase %s, with advice", (program, code, phase, meaning) => {
    const found = phaseFailure(failed(program, code), descriptor);
    expect(found?.code).toBe("frontend/phase-failed");
    expect(found?.message).toContain(`The phase ${phase} failed with exit code ${code}: `);
    expect(found?.message).toContain(meaning);
    expect(found?.hint).not.toBe("");
    expect(found?.location).toMatchObject({ file: "project.toml", line: 5 });
  });

  it("is known where our program started it", () => {
    const start =
      '/cnb-dockerfile/native/ld --library-path /x /x/sh -c export A=\\"$(ulimit -Sn)\\"; exec \\"$@\\" sh';
    const words = `${start} /x/node export.mjs phase --copy=/a:/b -- /cnb/lifecycle/builder`;
    const message = `process "${words}" did not complete successfully: exit code: 51`;
    const status = create(StatusSchema, { code: 2, message, details: [] });
    expect(phaseFailure(status, undefined)?.message).toContain("The phase build failed with exit code 51");
  });

  it("names the platform that BuildKit ran it on", () => {
    const detail = { op: { platform: { OS: "linux", Architecture: "arm64" } } };
    expect(phaseFailure(failed("builder", 51, [detail]), descriptor)?.message).toContain(
      "failed on linux/arm64 with",
    );
  });

  it.each([[{ op: 1 }], [{}]])("is told without a platform where %j says none", (detail) => {
    expect(phaseFailure(failed("builder", 51, [detail]), undefined)?.message).toContain(
      "failed with exit code 51",
    );
  });

  const member = (id: string) => ({ id, version: "1.0" });
  const project = `${descriptor.text}\n[[io.buildpacks.group]]\nid = "acme/one"\n\n[[io.buildpacks.group]]\nuri = "urn:cnb:builder:acme/two@1"\n`;

  it.each([
    ["acme/one", 8],
    ["acme/two", 11],
    // A part of a composite, perhaps: the group has taken the place of the builder's order.
    ["acme/three", 8],
  ])("names the buildpack %s and the entry that brings it in", (id, line) => {
    const found = phaseFailure(failed("builder", 51), { ...descriptor, text: project }, [member(id)]);
    expect(found?.message).toContain(`: a buildpack failed, ${id}@1.0.`);
    expect(found?.location).toMatchObject({ file: "project.toml", line });
  });

  it("names the buildpacks of which one failed, and no entry", () => {
    const both = [member("acme/one"), member("acme/two")];
    const found = phaseFailure(failed("builder", 51), { ...descriptor, text: project }, both);
    expect(found?.message).toContain(": a buildpack failed, one of acme/one@1.0, acme/two@1.0.");
    expect(found?.location).toMatchObject({ line: 8 });
  });

  const place = (lines: string, id: string) =>
    phaseFailure(failed("builder", 51), { ...descriptor, text: `${descriptor.text}${lines}` }, [member(id)])
      ?.location?.line;
  const uris = (...texts: string[]) =>
    texts.map((uri) => `[[io.buildpacks.group]]\nuri = "${uri}"\n`).join("");

  it("names the entry of a path or an image by the buildpack's name", () => {
    const two = uris("./bp/one", "docker://registry.example/acme/two:1.0");
    expect([place(two, "acme/one"), place(two, "acme/two")]).toEqual([7, 9]);
    expect(place(uris("one.tgz", "two.cnb"), "lab/two")).toBe(9);
  });

  it("names the builder where its order counts, too", () => {
    expect(place(uris("from=builder", "./bp/one"), "acme/three")).toBe(5);
    expect(place('[[io.buildpacks.pre.group]]\nid = "acme/one"\n', "acme/three")).toBe(5);
  });

  it("names no place where the file names neither buildpacks nor a builder", () => {
    for (const text of ["", '[_]\nschema-version = "0.2"\n', "[build]\n"]) {
      expect(
        phaseFailure(failed("builder", 51), { file: "project.toml", text }, [member("a")]),
      ).not.toHaveProperty("location");
    }
    const old = { file: "project.toml", text: '[build]\nbuilder = "x"\n' };
    expect(phaseFailure(failed("detector", 20), old)?.location).toMatchObject({ line: 2 });
  });

  it("names the buildpack alone where the file cannot be read", () => {
    const found = phaseFailure(failed("builder", 51), { file: "project.toml", text: "=" }, [member("a")]);
    expect(found?.message).toContain("a buildpack failed, a@1.0");
    expect(found).not.toHaveProperty("location");
  });

  it("is not what every failed process is", () => {
    const message = 'process "node /cnb-dockerfile/export.mjs" did not complete successfully: exit code: 1';
    expect(phaseFailure(create(StatusSchema, { message }), descriptor)).toBeUndefined();
  });

  it("is told behind BuildKit's own words, with the lines of project.toml and none of a Dockerfile in between", () => {
    const error = new ConnectError(failed("builder", 51).message);
    error.details = [{ type: "github.com/moby/buildkit/errdefs.Source+json", value: Buffer.from("{}") }];
    const source = { name: "project.toml", bytes: Buffer.from(descriptor.text) };
    const { message, details } = failureStatus(error, source);
    expect(message).toMatch(/^process "[^\n]+\nerror: The phase build failed/);
    expect(details.map(({ typeUrl }) => typeUrl)).toEqual(["github.com/moby/buildkit/errdefs.Source+json"]);
  });
});
