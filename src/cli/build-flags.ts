import { type Command, Option } from "commander";
import { progressForms } from "../engines/build-request.ts";
import { engineNames } from "../engines/engine.ts";
import type { ProjectFlags } from "./options.ts";
import { buildPackFlags } from "./pack-flags.ts";
import { addProjectFlags, several } from "./project-flags.ts";

/** Flags of `build`: those of `docker buildx build`, and those that say how a project becomes an image. */
export interface BuildFlags extends ProjectFlags {
  readonly path?: string;
  readonly git?: string;
  readonly allowLocalGit?: boolean;
  readonly submodules?: boolean;
  readonly file?: string;
  readonly maxSourceSize?: string;
  readonly maxSourceEntries?: string;
  readonly tag?: readonly string[];
  readonly label?: readonly string[];
  readonly annotation?: readonly string[];
  readonly target?: string;
  readonly output?: readonly string[];
  /** True: the usual directory. */
  readonly artifacts?: string | true;
  readonly json?: boolean;
  readonly push?: boolean;
  readonly load?: boolean;
  readonly progress?: ProgressChoice;
  readonly quiet?: boolean;
  /** `--no-cache`: false; a text is a flag of pack's, which is answered. */
  readonly cache?: boolean | string;
  readonly noCacheFilter?: readonly string[];
  readonly pull?: boolean;
  readonly secret?: readonly string[];
  readonly ssh?: readonly string[];
  readonly cacheFrom?: readonly string[];
  readonly cacheTo?: readonly string[];
  readonly buildpackCacheFrom?: string;
  readonly buildpackCacheTo?: string;
  readonly buildContext?: readonly string[];
  readonly metadataFile?: string;
  readonly iidfile?: string;
  readonly attest?: readonly string[];
  readonly sbom?: string;
  /** `--no-sbom-attestations`: false. */
  readonly sbomAttestations?: boolean;
  readonly provenance?: string;
  readonly addHost?: readonly string[];
  readonly allow?: readonly string[];
  readonly cgroupParent?: string;
  readonly network?: string;
  readonly shmSize?: string;
  readonly ulimit?: readonly string[];
  readonly previousImage?: string;
  readonly gitMetadata?: boolean;
  readonly engine?: EngineChoice;
  readonly buildxBuilder?: string;
  readonly buildkitHost?: string;
  readonly buildkitTlsDir?: string;
  readonly buildkitTlsServerName?: string;
  readonly stateDir?: string;
  readonly dryRun?: boolean;
}

type EngineChoice = "auto" | (typeof engineNames)[number];
type ProgressChoice = (typeof progressForms)[number];

/** Flags that docker still takes for scripts of old times, and does nothing with. */
const forgottenFlags = ["--compress", "--force-rm", "--rm"] as const;

export function addBuildFlags(command: Command): Command {
  for (const { flags } of buildPackFlags) command.addOption(new Option(flags).hideHelp());
  for (const flags of forgottenFlags) command.addOption(new Option(flags).hideHelp());
  const build = command
    .optionsGroup("What is built:")
    .option("-g, --git <url>", "git repository: URL[#REF[:DIRECTORY]]")
    .option("--allow-local-git", "let --git name a repository on this machine: a path or file:///PATH")
    .option("--submodules", "also fetch the submodules of the repository that --git names")
    .option("-p, --path <source>", "the same as SOURCE, by pack's name")
    .option(
      "-f, --file <file>",
      "project descriptor or Dockerfile; - for standard input (default: project.toml of the source, else Dockerfile)",
    )
    .option("-d, --descriptor <file>", "the same as --file, by pack's name")
    .option("--platform <list>", "platforms, as linux/amd64,linux/arm64 (default: the engine's own)", several)
    .option("--target <stage>", "stage to build (default: the image)")
    .option("--label <name=value>", "label of the image; can be repeated", several)
    .option(
      "--annotation <name=value>",
      "annotation of the image, TYPE:NAME=VALUE too; can be repeated",
      several,
    )
    .option("--previous-image <image>", "image whose layers the buildpacks may keep (default: none)")
    .option(
      "--git-metadata",
      "write the commit and the repository into the label io.buildpacks.project.metadata",
    )
    .option("--max-source-size <size>", "largest source from git or an archive, as 16g (default: 4g)")
    .option("--max-source-entries <number>", "most files and directories in it (default: 1000000)")
    .optionsGroup("Where it goes:")
    .option(
      "-t, --tag <name>",
      "name of the image (default: that of the directory or repository); can be repeated",
      several,
    )
    .option("--push", "push the image to the registries of its names")
    .option("--load", "load the image into docker")
    .option(
      "-o, --output <spec>",
      "type=image|registry|docker|oci|tar|local,dest=…; can be repeated",
      several,
    )
    .option(
      "--artifacts [directory]",
      "also write what is in the image and what is wrong with that: sbom.json, vuln.json (default: artifacts)",
    )
    .option("--metadata-file <file>", "write BuildKit's answer there, as JSON")
    .option("--iidfile <file>", "write the image's id there")
    .option("--attest <spec>", "attestation, as type=provenance,mode=max; can be repeated", several)
    .option("--sbom <spec>", "the same as --attest=type=sbom,…")
    .option("--no-sbom-attestations", "do not attach what the buildpacks say of the image")
    .option("--provenance <spec>", "the same as --attest=type=provenance,…")
    .optionsGroup("How it is built:")
    .option("--no-cache", "run every step again")
    .addOption(noCacheFilter())
    .option("--pull", "look for newer versions of the images")
    .option(
      "--cache-from <spec>",
      "BuildKit's cache to read, as type=registry,ref=…; can be repeated",
      several,
    )
    .option("--cache-to <spec>", "BuildKit's cache to write, as type=local,dest=…; can be repeated", several)
    .option(
      "--buildpack-cache-from <place>",
      "directory or image of a buildpack cache to import first; one that is not there is no fault",
    )
    .option("--buildpack-cache-to <place>", "directory or image to export the buildpack cache to afterwards")
    .option(
      "--build-context <name=value>",
      "something else in place of an image of the build; can be repeated",
      several,
    )
    .option("--secret <spec>", "secret, as id=NAME,src=FILE or id=NAME,env=NAME; can be repeated", several)
    .option("--ssh <spec>", "ssh agent, as default or ID=SOCKET; can be repeated", several)
    .option("--add-host <host:ip>", "name for the hosts file of the steps; can be repeated", several)
    .option("--allow <entitlement>", "as network.host; can be repeated", several)
    .option("--cgroup-parent <group>", "parent of the steps' control groups")
    .option("--network <mode>", "network of the steps: default, none, host")
    .option("--shm-size <bytes>", "size of /dev/shm in the steps")
    .option("--ulimit <name=soft:hard>", "limit for the steps; can be repeated", several)
    .optionsGroup("Who builds it:")
    .addOption(
      new Option("--engine <name>", "who runs the build").choices(["auto", ...engineNames]).default("auto"),
    )
    .option("--buildx-builder <name>", "instance of buildx (default: BUILDX_BUILDER, else its current one)")
    .option("--buildkit-host <address>", "BuildKit, as unix://…, tcp://…, ssh://… (default: BUILDKIT_HOST)")
    .option("--buildkit-tls-dir <directory>", "ca.pem, cert.pem, key.pem for it (default: BUILDKIT_TLS_DIR)")
    .option("--buildkit-tls-server-name <name>", "name in its certificate (default: that of its host)")
    .option(
      "--state-dir <directory>",
      "where the engine daemonless keeps what it has made (default: ~/.local/share/cnb-dockerfile/buildkit)",
    )
    .option(
      "--image <image>",
      "our image in a registry (default: the one in this package, or CNB_DOCKERFILE_IMAGE)",
    )
    .option("--dry-run", "print the engine's command and build nothing")
    .optionsGroup("What is told:")
    .addOption(
      new Option("--progress <form>", "how progress is shown").choices(progressForms).default("auto"),
    )
    .option("--json", "print the result as a JSON object, as schema/build.schema.json describes it")
    .option("-q, --quiet", "print the image's id and nothing else")
    .optionsGroup("How the project becomes an image:");
  return addProjectFlags(build);
}

/** A flag with a value, and not `--cache-filter` switched off, which commander makes of any name with `no-`. */
function noCacheFilter(): Option {
  const option = new Option("--no-cache-filter <stage>", "run the steps of a stage again; can be repeated");
  option.negate = false;
  return option.argParser(several);
}

export const buildExamples = `
Examples:
  Build the project of this directory, for docker or as a file:
    $ cnb-dockerfile build -t app .

  For two platforms, pushed:
    $ cnb-dockerfile build --platform linux/amd64,linux/arm64 -t registry.example/app --push .

  With bills of materials and a scan, and no image that has a severe vulnerability:
    $ cnb-dockerfile build --artifacts --fail-on high -t registry.example/app --push

  A directory of a repository, at a tag:
    $ cnb-dockerfile build -g https://git.example/shop.git#v1.2:services/cart -t cart

  On a machine that keeps nothing between builds but a directory:
    $ cnb-dockerfile build --buildpack-cache-from ../cache --buildpack-cache-to ../cache -t app .

  A Dockerfile, with the flags of docker build:
    $ cnb-dockerfile build --file Dockerfile --tag x --build-arg A=b --progress plain .

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;

export const cacheExamples = `
Examples, with the flags that the app is built with:
  Keep the cache in a directory, and use it on another machine:
    $ cnb-dockerfile cache export ../cache .
    $ cnb-dockerfile cache import ../cache .

  In a registry, for both platforms:
    $ cnb-dockerfile cache export registry.example/app-cache:main --platform linux/amd64,linux/arm64 .

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;
