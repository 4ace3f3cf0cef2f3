import { type Command, Option } from "commander";
import { grypeImage, maxDatabaseAge, syftImage } from "../index.ts";
import { nodeImage, toolImage } from "./options.ts";
import { answeredPackFlags } from "./pack-flags.ts";

/** For a flag that can be given several times. */
export const several = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];

export function addAccessFlags(command: Command): Command {
  return command
    .option(
      "--registry-mirror <host=mirror>",
      "ask this mirror for the images of a registry first; can be repeated",
      several,
    )
    .option("--insecure-registry <host>", "allow plain http and any certificate; can be repeated", several)
    .option("--registry-ca <file>", "certificates in PEM to trust besides the usual ones");
}

export function addGenerateFlags(command: Command): Command {
  for (const { flags } of answeredPackFlags) command.addOption(new Option(flags).hideHelp());
  command.option(
    "-d, --descriptor <file>",
    "project descriptor (default: project.toml of the project, if it is there)",
  );
  return addProjectFlags(command)
    .option(
      "--platform <list>",
      "platforms, as linux/amd64,linux/arm64 (default: all that both images have)",
      several,
    )
    .option("--image <image>", `our image (default: ${toolImage}, or CNB_DOCKERFILE_IMAGE)`)
    .option(
      "--secret <name>",
      "build-time variable whose value is BuildKit's secret of that id; can be repeated",
      several,
    )
    .option(
      "--ssh <id>",
      "the buildpacks may use the ssh agent that `docker buildx build --ssh ID` hands over",
    )
    .option("--syntax <image>", "image for the line `# syntax=`; none: no such line", "none")
    .option("--self-contained", "need no image of ours: the export program stands in the Dockerfile")
    .addOption(
      new Option(
        "--node-image <image>",
        `Node image for --self-contained (default: ${nodeImage}, or CNB_DOCKERFILE_NODE_IMAGE)`,
      ),
    );
}

/** Flags that say how a project becomes an image, whoever makes it. */
export function addProjectFlags(command: Command): Command {
  const listed = (value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    ...value.split(","),
  ];
  return command
    .option(
      "--root <directory>",
      "directory above the project that its links may lead to (default: none, no link leads out)",
    )
    .option("-B, --builder <image>", "builder image (default: the descriptor's)")
    .option("--run-image <image>", "run image (default: the one the builder was made for)")
    .option(
      "-b, --buildpack <locator>",
      "buildpack to use instead of the builder's order: an id, a path here or anywhere, an archive, an image…; can be repeated",
      listed,
    )
    .option(
      "--pre-buildpack <locator>",
      "buildpack to put in front of each group of the builder; can be repeated",
      several,
    )
    .option(
      "--post-buildpack <locator>",
      "buildpack to put at the end of each group of the builder; can be repeated",
      several,
    )
    .option("-r, --buildpack-registry <url>", "index of the buildpack registry (default: the public one)")
    .option("--disable-system-buildpacks", "leave out the builder's system buildpacks")
    .option(
      "-e, --env <name=value>",
      "build-time variable for the buildpacks; NAME alone: a secret; can be repeated",
      several,
    )
    .option("--env-file <file>", "file of NAME=VALUE lines; can be repeated", several)
    .option(
      "--build-arg <name=value>",
      "the same as --env, or for CNB_BUILDER, CNB_RUN_IMAGE and the like the same as the flag; can be repeated",
      several,
    )
    .option(
      "--binding <name=type:key,key>",
      "service binding whose keys are BuildKit's secrets NAME.KEY; can be repeated",
      several,
    )
    .option(
      "--volume <directory:target>",
      "a directory to read, below /platform/bindings a binding; NAME:TARGET:rw: a cache; can be repeated",
      several,
    )
    .option(
      "--ca-cert",
      "buildpacks trust the CA bundle that is BuildKit's secret `ca-cert`, beside the builder's; it is never in the image",
    )
    .option("--exec-env <name>", "execution environment (default: production)")
    .option(
      "--process-type <type>",
      "process that the image starts (default: none, the image starts the launcher)",
    )
    .option("-D, --default-process <type>", "the same as --process-type, by pack's name")
    .option("--run-image-mirror <host>", "use the builder's mirror of its run image at this registry")
    .option("--platform-api <version>", "Platform API (default: the highest in common with the builder)")
    .option(
      "--cache-id <id>",
      "id of the app's build cache (default: from the project's id or its git remote)",
    )
    .option(
      "--cache-scope <scope>",
      "keep this build's cache apart from other scopes; NAME:BASE also reads that of BASE (default: CNB_CACHE_SCOPE, or none)",
    )
    .option("--keep-git-dir", "leave .git in the source that the buildpacks see")
    .option(
      "--keep-modes",
      "keep the modes of source files (default: 0644, or 0755 for programs and directories)",
    )
    .option("--workspace-mode <mode>", "mode of /workspace when buildpacks start (default: 0777)")
    .option(
      "--fail-on <severity>",
      "fail where a vulnerability is as severe: critical, high, medium, low, negligible (default: not)",
    )
    .option(
      "--scan-config <file>",
      "Grype's settings in the project; for `build` any file of yours (default: .grype.yaml, if it is there)",
    )
    .option(
      "--vulnerability-db <url>",
      "list of Grype's database, latest.json; for `build` also a directory with a database (default: Grype's own)",
    )
    .option(
      "--vulnerability-db-max-age <duration>",
      `how old that database may be where --fail-on is given, as 120h or 5d (default: ${maxDatabaseAge})`,
    )
    .option("--sbom-format <format>", "format of sbom.json: spdx or cyclonedx (default: spdx)")
    .option("--syft-image <image>", `image with Syft (default: ${syftImage})`)
    .option("--grype-image <image>", `image with Grype (default: ${grypeImage})`);
}
