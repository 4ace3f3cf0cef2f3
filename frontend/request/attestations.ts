import { create } from "@bufbuild/protobuf";
import { formatPlatform } from "../../src/image/platform.ts";
import { readSwitch } from "../../src/options/build-arguments.ts";
import { predicateTypes } from "../../src/sbom/statement.ts";
import { imageDirectory } from "../../src/stages/paths.ts";
import { canAttest } from "../bridge/capabilities.ts";
import type { Gateway } from "../bridge/gateway.ts";
import {
  AttestationKind,
  type Attestations,
  AttestationsSchema,
  type PongResponse,
} from "../generated/gateway_pb.js";
import type { AssembledImage } from "../image/assemble.ts";
import { argumentOf, type FrontendOptions } from "./options.ts";

/** Whether what the buildpacks say of the image is attached to it: unless the user wants none, or BuildKit cannot. */
export function attachesSboms(options: FrontendOptions, pong: PongResponse): boolean {
  return readSwitch(argumentOf(options, "sbomAttestations") ?? "true") !== false && canAttest(pong);
}

/**
 * Attestations by platform, of documents that are there: in-toto predicates of the image itself, which BuildKit names when
 * it knows its digest. Where a scanner was asked for, ours is attached as CycloneDX alone: with one in SPDX, BuildKit would
 * not scan. Source: BuildKit, `frontend/gateway/pb`, docs/attestations.
 */
export async function saidAttestations(
  gateway: Gateway,
  images: readonly AssembledImage[],
  { values }: FrontendOptions,
): Promise<Record<string, Attestations>> {
  const isScanned = Object.hasOwn(values, "attest:sbom");
  const kinds = [
    ...(isScanned ? [] : [{ path: `${imageDirectory}/launch.spdx.json`, type: predicateTypes.spdx }]),
    { path: `${imageDirectory}/launch.cdx.json`, type: predicateTypes.cyclonedx },
  ];
  const entries = images.map(async ({ platform, said }) => {
    if (said === undefined) return [];
    const found = await Promise.all(
      kinds.map(async ({ path, type }) => {
        if ((await gateway.statFileIfAny(said, path)) === undefined) return [];
        const metadata = { "inline-only": Buffer.from("true") };
        return [
          {
            kind: AttestationKind.IN_TOTO,
            metadata,
            ref: said,
            path,
            inTotoPredicateType: type,
            inTotoSubjects: [],
          },
        ];
      }),
    );
    const attestation = found.flat();
    return attestation.length === 0
      ? []
      : [[formatPlatform(platform), create(AttestationsSchema, { attestation })] as const];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}
