import type { Lab } from "../../lab/lab.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";

export interface Office {
  readonly proxy: string;
  /** Registry whose TLS the proxy signs. */
  readonly registry: string;
  /** File with the proxy's CA. */
  readonly caFile: string;
}

/** A BuildKit as its operator would set it up in an office: what it pulls and pushes goes through a proxy. */
export function startOfficeBuildkit(lab: Lab, { proxy, registry, caFile }: Office): Promise<SecondBuildkit> {
  return startSecondBuildkit(lab, {
    name: "office",
    configuration: `[registry."${registry}"]\n  ca = ["${caFile}"]\n`,
    // The certificate variable is for downloads; registries have their own setting.
    env: { HTTPS_PROXY: proxy, NO_PROXY: "", SSL_CERT_FILE: caFile },
  });
}
