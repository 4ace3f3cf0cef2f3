import { error, warning } from "../entry.ts";

/** Faults of the command line and of the files it reads and writes. */
export const cliCatalog = {
  "cli/unknown-flag": error<{ flag: string; suggestion: string | undefined }>({
    summary: "A flag does not exist",
    message: ({ flag }) => `Unknown flag ${flag}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Run the command with `--help` to list its flags."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "cli/unknown-command": error<{ command: string; suggestion: string | undefined }>({
    summary: "A command does not exist",
    message: ({ command }) => `Unknown command ${JSON.stringify(command)}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Run `cnb-dockerfile --help` to list the commands."
        : `Did you mean \`cnb-dockerfile ${suggestion}\`?`,
  }),
  "cli/too-many-arguments": error<{ given: string }>({
    summary: "Too many arguments",
    message: ({ given }) => `Expected one directory, but got: ${given}.`,
    hint: () => "Quote a name that contains spaces. Everything else is a flag.",
  }),
  "cli/flag-without-value": error<{ flag: string }>({
    summary: "A flag has no value",
    message: ({ flag }) => `${flag} needs a value.`,
    hint: () => "Write the value after the flag. If it begins with `-`, write `--flag=VALUE`.",
  }),
  "cli/repeated-flag": error<{ flag: string }>({
    summary: "A flag is given twice",
    message: ({ flag }) => `${flag} is given twice.`,
    hint: () => "Keep one.",
  }),
  "cli/flags-in-conflict": error<{ flag: string; other: string }>({
    summary: "Two flags cannot be combined",
    message: ({ flag, other }) => `${flag} cannot be combined with ${other}.`,
    hint: () => "Keep one.",
  }),
  "cli/wrong-use": error<{ reason: string }>({
    summary: "Usage error",
    message: ({ reason }) => `Usage error: ${reason}`,
    hint: () => "Add `--help` to the command to see its usage.",
  }),
  "cli/bad-platform": error<{ text: string }>({
    summary: "A platform is malformed",
    message: ({ text }) => `${JSON.stringify(text)} is not a platform.`,
    hint: () => "Write OS/ARCHITECTURE, for example `--platform linux/amd64,linux/arm64`.",
  }),
  "cli/bad-binding": error<{ text: string }>({
    summary: "A binding is malformed",
    message: ({ text }) => `${JSON.stringify(text)} is not a binding.`,
    hint: () => "Write NAME=TYPE:KEY,KEY, for example `--binding db=postgresql:username,password`.",
  }),
  "cli/bad-exec-env": error<{ text: string }>({
    summary: "An execution environment has invalid characters",
    message: ({ text }) => `${JSON.stringify(text)} is not a valid execution environment.`,
    hint: () => "Use letters, digits, `.`, `_` and `-`, for example `production` or `test`.",
  }),
  "cli/buildx-flag": error<{ flag: string; instead: string }>({
    summary: "A flag of `docker buildx build` is not supported",
    message: ({ flag }) =>
      `\`${flag}\` is a flag of \`docker buildx build\` that cnb-dockerfile does not support.`,
    hint: ({ instead }) => instead,
  }),
  "cli/nothing-detected": error<{ platform: string; exitCode: number }>({
    summary: "No group of buildpacks passed detection",
    message: ({ platform, exitCode }) =>
      `No group of buildpacks passed detection on ${platform}; the detector ended with exit code ${exitCode}.`,
    hint: () =>
      "`cnb-dockerfile plan --detect` shows what each buildpack said. Change the source, or name other buildpacks with `--buildpack`.",
  }),
  "cli/detection-unreadable": error<{ platform: string; reason: string }>({
    summary: "The result of detection cannot be read",
    message: ({ platform, reason }) => `The result of detection on ${platform} cannot be read: ${reason}.`,
    hint: () => "A buildpack may have changed it. Build without buildpacks that you do not trust.",
  }),
  "cli/flag-without-effect": warning<{ flag: string; reason: string; instead: string }>({
    summary: "A flag has no effect",
    message: ({ flag, reason }) => `\`${flag}\` has no effect: ${reason}.`,
    hint: ({ instead }) => instead,
  }),
  "cli/helper-image-unpublished": warning<{ image: string }>({
    summary: "The generated file names a helper image that is not published",
    message: ({ image }) =>
      `The file names the helper image ${image}, which is not published: this copy of cnb-dockerfile is not a release.`,
    hint: () =>
      "Push the helper image to your registry, in a clone with `npm run image -- --tag registry.example/cnb-dockerfile:1 --push`, and name it with `--image` or CNB_DOCKERFILE_IMAGE. Or write a Dockerfile that needs none, with `--self-contained`.",
  }),
  "cli/flag-of-build": error<{ flag: string; instead: string }>({
    summary: "A flag of `build` does not apply to `cache`",
    message: ({ flag }) =>
      `\`${flag}\` has no effect on the buildpack cache, so \`cache\` does not support it.`,
    hint: () =>
      "Leave it out: `cache` needs only the flags that identify the app, its platforms and the build engine.",
  }),
  "cli/pack-flag": error<{ flag: string; instead: string }>({
    summary: "A flag of `pack build` does not apply to a generated Dockerfile",
    message: ({ flag }) =>
      `\`${flag}\` is a flag of \`pack build\` that does not apply to a generated Dockerfile.`,
    hint: ({ instead }) => instead,
  }),
  "cli/bad-volume": error<{ text: string; reason: string }>({
    summary: "A volume cannot be mounted",
    message: ({ text, reason }) => `The volume ${JSON.stringify(text)} cannot be mounted: ${reason}.`,
    hint: () =>
      "Write `--volume DIRECTORY:TARGET` for a read-only directory, `--volume NAME:TARGET:rw` for a cache mount, for example `--volume m2:/home/cnb/.m2:rw`, or `--volume DIRECTORY:/platform/bindings/NAME` for a binding.",
  }),
  "cli/volume-left-out": warning<{
    directory: string;
    entries: readonly string[];
    what: "key" | "binding";
  }>({
    summary: "A part of a bindings directory is left out",
    message: ({ directory, entries, what }) =>
      `${entries.map((entry) => JSON.stringify(entry)).join(", ")} in ${directory} ${entries.length === 1 ? "is" : "are"} left out: ` +
      (what === "key"
        ? "a key is a file whose name does not begin with `..`."
        : "a binding is a directory whose name does not begin with a dot."),
    hint: ({ what }) =>
      what === "key"
        ? "Kubernetes makes the entries that begin with `..`, and the build does not need them. Move the files of a subdirectory next to it."
        : "Move everything that is not a binding to another directory.",
  }),
  "cli/path-twice": error<{ argument: string; flag: string }>({
    summary: "The project's directory is given twice",
    message: ({ argument, flag }) => `Two directories are given: ${argument} and \`--path ${flag}\`.`,
    hint: () => "Keep one.",
  }),
  "cli/build-arg-of-buildkit": error<{ name: string }>({
    summary: "A build argument applies to the build, not to the generated file",
    message: ({ name }) => `${name} applies to the build, not to the generated file.`,
    hint: ({ name }) => `Pass it to the build: \`docker buildx build --build-arg ${name}=… …\`.`,
  }),
  "cli/build-arg-unknown": error<{ name: string; suggestion: string | undefined }>({
    summary: "A build argument that begins with CNB_ is not an option",
    message: ({ name }) => `${name} is not an option. Build arguments that begin with CNB_ are options.`,
    hint: ({ name, suggestion }) =>
      suggestion === undefined
        ? `To set a build-time variable of that name, write \`--env ${name}=VALUE\`.`
        : `Did you mean \`${suggestion}\`?`,
  }),
  "cli/build-arg-without-use": error<{ name: string }>({
    summary: "A build argument has no effect on a generated file",
    message: ({ name }) => `${name} has no effect on a generated file, only on a build.`,
    hint: ({ name }) =>
      name === "CNB_VOLUMES"
        ? "Use `--volume` instead."
        : "Leave it out; unchanged layers come from BuildKit's cache.",
  }),
  "cli/build-arg-without-value": error<{ name: string }>({
    summary: "A build argument has no value",
    message: ({ name }) => `${name} has no value; it is not read from this machine's environment.`,
    hint: ({ name }) => `Write \`--build-arg ${name}=VALUE\`.`,
  }),
  "cli/build-arg-not-boolean": error<{ name: string; value: string }>({
    summary: "A build argument is neither true nor false",
    message: ({ name, value }) => `${name} must be true or false, not ${JSON.stringify(value)}.`,
    hint: ({ name }) => `Write \`${name}=true\`, or leave it out.`,
  }),
  "cli/said-twice": error<{ name: string; other: string }>({
    summary: "An option is given as a flag and as a build argument",
    message: ({ name, other }) =>
      name === other ? `${name} is given twice.` : `${name} and ${other} set the same option.`,
    hint: () => "Keep one.",
  }),
  "cli/bad-process-type": error<{ text: string }>({
    summary: "A process type has invalid characters",
    message: ({ text }) => `${JSON.stringify(text)} is not a valid process type.`,
    hint: () => "Use letters, digits, `.`, `_` and `-`, for example `web`.",
  }),
  "cli/defaults-unknown-key": error<{
    key: string;
    known: readonly string[];
    suggestion: string | undefined;
  }>({
    summary: "The operator's defaults file has an unknown key",
    message: ({ key }) => `${key} is not a key of the defaults file.`,
    hint: ({ known, suggestion }) =>
      suggestion === undefined ? `Its keys are: ${known.join(", ")}.` : `Did you mean \`${suggestion}\`?`,
  }),
  "cli/defaults-wrong-type": error<{ key: string; isList: boolean }>({
    summary: "A key of the operator's defaults file has the wrong type",
    message: ({ key, isList }) => `${key} must be ${isList ? "a list of strings" : "a string"}.`,
    hint: ({ key, isList }) => (isList ? `Write \`${key} = ["…"]\`.` : `Write \`${key} = "…"\`.`),
  }),
  "cli/defaults-writable": error<{ file: string; reason: string }>({
    summary: "Another user could have written the operator's defaults file",
    message: ({ file, reason }) => `The defaults file ${file} is not read, because ${reason}.`,
    hint: ({ file }) =>
      `Check its contents, then run \`chmod go-w ${file}\`, or move it to a directory of your own.`,
  }),
  "cli/defaults-unreadable": error<{ file: string; reason: string; variable: string }>({
    summary: "The operator's defaults file cannot be read",
    message: ({ file, reason }) => `The defaults file ${file} cannot be read: ${reason}.`,
    hint: ({ variable }) => `Fix the path in ${variable}, or unset the variable.`,
  }),
  "cli/defaults-not-heeded": warning<{ file: string; keys: readonly string[] }>({
    summary:
      "The scan settings of the operator's defaults file do not apply to a Dockerfile that cnb-dockerfile did not generate",
    message: ({ file, keys }) =>
      `${keys.join(", ")} of the defaults file ${file} ${keys.length === 1 ? "does" : "do"} not apply to this Dockerfile: its image is not scanned.`,
    hint: () => "Scan the image with your own tool before you publish it, or build a project.toml.",
  }),
  "cli/no-project": error<{ path: string; reason: string; image: string | undefined }>({
    summary: "The project is not a directory or an archive, or does not exist",
    message: ({ path, reason }) => `${path} cannot be the project: ${reason}.`,
    hint: ({ image }) =>
      `Name the directory with the app's source, or an archive with \`build\`. Name a descriptor with \`--descriptor\`.${image === undefined ? "" : ` If ${image} is the image's name, write \`--tag ${image}\`.`}`,
  }),
  "cli/env-file-export": error<{ name: string }>({
    hidesLine: true,
    summary: "A line of an env file begins with `export`",
    message: ({ name }) =>
      `The line begins with the shell word \`export\`, so the variable would be named "export ${name}".`,
    hint: ({ name }) => `Remove the word, so that the line begins with \`${name}\`.`,
  }),
  "cli/file-unreadable": error<{ path: string; reason: string }>({
    summary: "A file cannot be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
    hint: () => "Name a text file that you can read.",
  }),
  "cli/file-unwritable": error<{ path: string; reason: string }>({
    summary: "A file cannot be written",
    message: ({ path, reason }) => `Cannot write ${path}: ${reason}. The existing file is unchanged.`,
    hint: () => "Choose another file with `-o`, or fix the cause.",
  }),
  "cli/system-refused": error<{ call: string; path: string | undefined; reason: string }>({
    summary: "A system call failed",
    message: ({ call, path, reason }) =>
      path === undefined ? `\`${call}\` failed: ${reason}.` : `Cannot use ${path}: ${reason}.`,
    hint: () =>
      "Free some space (`df -h`, `df -i`), check the permissions, or set other directories: TMPDIR for temporary files; XDG_CACHE_HOME, XDG_DATA_HOME and XDG_STATE_HOME for files that stay. `ulimit -a` shows the limits of a process.",
  }),
  "cli/no-current-directory": error<{ reason: string }>({
    summary: "The current directory no longer exists",
    message: ({ reason }) => `The current directory does not exist: ${reason}.`,
    hint: () => "Another program removed it. Change to a directory that exists (`cd`), then try again.",
  }),
  "cli/no-output-directory": error<{ path: string; directory: string }>({
    summary: "The output directory does not exist",
    message: ({ path, directory }) => `Cannot write ${path}: the directory ${directory} does not exist.`,
    hint: ({ directory }) => `Create it with \`mkdir -p ${directory}\`, or choose another file with \`-o\`.`,
  }),
  "cli/not-generated": error<{ path: string }>({
    summary: "A file that cnb-dockerfile did not generate would be overwritten",
    message: ({ path }) => `${path} was not generated by cnb-dockerfile, so it is not overwritten.`,
    hint: () => "Choose another file with `-o`, or add `--force`.",
  }),
  "cli/target-without-descriptor": error<{ path: string }>({
    summary: "A project for a bake or compose file has no project.toml",
    message: ({ path }) => `${path} has no project.toml, which a bake or compose file has to name.`,
    hint: () => 'Add a project.toml to it. One line is enough: `_.schema-version = "0.2"`.',
  }),
  "cli/target-flag": error<{ flag: string; isOfOne: boolean }>({
    summary: "A flag cannot be used for a bake or compose file",
    message: ({ flag, isOfOne }) =>
      isOfOne
        ? `${flag} is for one project, but the file is for several.`
        : `${flag} cannot be used with \`--bake\` or \`--compose\`.`,
    hint: ({ isOfOne }) =>
      isOfOne
        ? "Generate a file for that project alone: `cnb-dockerfile generate --bake DIRECTORY`."
        : "Leave it out, or build that project with `cnb-dockerfile build`.",
  }),
  "cli/target-buildpack": error<{ named: string }>({
    summary: "A buildpack outside of the project cannot be named in a bake or compose file",
    message: ({ named }) =>
      `${named} is outside of the project, so bake and compose cannot pass it to the build.`,
    hint: () => "Copy the buildpack into the project, or build with `cnb-dockerfile build`.",
  }),
  "cli/target-secret-in-source": warning<{ directory: string; project: string; path: string }>({
    summary: "The files with secrets for a bake or compose file are in the source of a project",
    message: ({ directory, project }) =>
      `The secrets in ${directory}/ are in the source of ${project}, so they can become part of its image.`,
    hint: ({ path }) => `Add the line \`/${path}\` to .dockerignore of the project.`,
  }),
  "cli/compose-secret": error<{ id: string }>({
    summary: "A secret has a name that compose does not allow",
    message: ({ id }) =>
      `${id} is not a valid secret name in a compose file. Compose allows only letters, digits, dots, dashes and underscores.`,
    hint: () => "Generate a bake file instead: `cnb-dockerfile generate --bake`.",
  }),
  "cli/output-is-descriptor": error<{ path: string }>({
    summary: "The output would overwrite the project descriptor",
    message: ({ path }) => `${path} is the project descriptor and cannot be the output.`,
    hint: () => "Choose another file with `-o`.",
  }),
  "cli/check-not-generated": error<{ path: string }>({
    summary: "The file to check was not generated by cnb-dockerfile",
    message: ({ path }) => `${path} has no record of how it was generated, so it cannot be checked.`,
    hint: () => "Generate it with `cnb-dockerfile generate -o FILE`.",
  }),
  "cli/stale": error<{ path: string; command: string }>({
    summary: "A generated file, or its ignore file, is out of date",
    message: ({ path }) => `${path} is out of date with its project.`,
    hint: ({ command }) => `Run \`${command}\` and commit the result.`,
  }),
  "cli/line-ends": error<{ path: string }>({
    summary: "A generated file has Windows line endings",
    message: ({ path }) => `${path} has Windows line endings, which would end up in its scripts.`,
    hint: ({ path }) =>
      `Add the line \`${path} text eol=lf\` to .gitattributes, then check the file out again.`,
  }),
  "cli/output-closed": error<{ reason: string }>({
    summary: "Standard output cannot be written",
    message: ({ reason }) => `Cannot write to standard output: ${reason}. The output is incomplete.`,
    hint: () => "Check the free space at its destination, then run the command again.",
  }),
  "cli/dockerignore-left": warning<{ path: string }>({
    summary: "The Dockerfile's ignore file is left unchanged",
    message: ({ path }) => `${path} was not generated by cnb-dockerfile, so it is left unchanged.`,
    hint: () => "The build works without it; the file only decides what is sent to BuildKit.",
  }),
  "cli/docker-flag": error<{ flag: string }>({
    summary: "A flag of docker has no meaning for this plugin",
    message: ({ flag }) => `\`docker ${flag}\` has no effect on \`docker cnb\`.`,
    hint: () => "Leave it out, or set docker's variable: DOCKER_TLS_VERIFY and DOCKER_CERT_PATH for TLS.",
  }),
  "cli/incomplete-package": error<{ file: string }>({
    summary: "A part of cnb-dockerfile is missing",
    message: ({ file }) => `${file} is missing from this installation.`,
    hint: () => "In a checkout, run `npm run build`; otherwise, install the package again.",
  }),
};
