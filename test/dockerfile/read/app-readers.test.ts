import { expect, it } from "vitest";
import { readersOfApp } from "../../../src/dockerfile/read/app-readers.ts";

const readers = (text: string) =>
  readersOfApp({
    id: "acme/curl",
    version: "1",
    kind: "build",
    text: `ARG base_image\nFROM x\n${text}`,
    arguments: [],
  });

it.each([
  "RUN cat /workspace/package.json",
  "RUN ls /layers",
  'RUN ["ls", "/platform/env"]',
  "RUN a && \\\n  b </workspace",
])("%j is told", (text) => {
  const [told] = readers(text);
  expect(told?.code).toBe("frontend/extension-reads-app");
  expect(told?.message).toMatch(/build\.Dockerfile of the image extension acme\/curl uses \/\w+ \(line 3\)/);
});

it.each([
  "COPY package.json /workspace/\nRUN cat /workspace/package.json",
  "RUN ls /opt/workspace /workspaces /layers-old ./platform",
  "ENV A=/workspace",
  "# RUN ls /workspace",
])("%j is not", (text) => {
  expect(readers(text)).toEqual([]);
});
