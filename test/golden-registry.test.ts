import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { temporaryDirectory } from "./helpers/directory.ts";
import {
  registryCaseDirectory,
  registryCaseNames,
  runRegistryCase,
  strayFiles,
} from "./helpers/registry-cases.ts";

// A machine's own logins, proxies and images are none of the cases'.
beforeEach(() => {
  vi.stubEnv("HOME", temporaryDirectory());
  const names = [
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "REGISTRY_AUTH_FILE",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
  ];
  for (const name of [...names, "SSL_CERT_FILE", "CNB_DOCKERFILE_IMAGE"]) vi.stubEnv(name, undefined);
  return () => vi.unstubAllEnvs();
});

it.each(registryCaseNames())("golden/registry/%s", async (name) => {
  const outputs = await runRegistryCase(name);
  for (const [file, text] of outputs)
    await expect(text).toMatchFileSnapshot(join(registryCaseDirectory, name, file));
  expect(strayFiles(name, outputs.keys()), "files that nothing makes or reads").toEqual([]);
});
