import { Document, isScalar, visit } from "yaml";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { contextPath } from "./bake-file.ts";
import type { ProjectTarget, TargetSecret } from "./project-target.ts";
import { secretDirectory, targetFileMark } from "./target-file.ts";

/**
 * Projects as a compose file. In: the directory where the file is to lie, from which its paths start. Throws CompileError for a
 * secret that compose has no name for.
 */
export function composeFile(targets: readonly ProjectTarget[], from: string): string {
  const secrets = new Map(
    targets.flatMap((target) => target.secrets.map((secret) => [secret.id, secret] as const)),
  );
  const odd = [...secrets.keys()].filter((id) => !secretName.test(id));
  if (odd.length > 0) {
    throw new CompileError(odd.map((id) => diagnose("cli/compose-secret", { id }, { file: "--compose" })));
  }
  const document = new Document({
    services: Object.fromEntries(targets.map((target) => [target.name, serviceOf(target, from)])),
    ...(secrets.size === 0
      ? {}
      : { secrets: Object.fromEntries(Array.from(secrets, ([id, secret]) => [id, sourceOf(secret)])) }),
  });
  document.commentBefore = header;
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && !plainKey.test(String(key.value))) key.type = "QUOTE_DOUBLE";
    },
  });
  // Older readers of YAML take words as `yes` for something else than text.
  return document.toString({ lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
}

/** Source: compose specification, its JSON schema. */
const secretName = /^[a-zA-Z0-9._-]+$/;

/** A key that is a text to every reader of YAML; `no` is none to older ones, nor `2026-11-30` to compose's own. */
const plainKey = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z_][\w.-]*$/i;

const header = [
  targetFileMark.slice(1),
  " ",
  "   docker compose build                builds every project",
  "   docker compose up                   starts them",
  "   REGISTRY=registry.example/acme/ TAG=1.2.3 docker compose build --push",
].join("\n");

function serviceOf(
  { name, directory, file, platforms, buildArguments, secrets, ssh }: ProjectTarget,
  from: string,
): object {
  const values = Array.from(buildArguments, ([key, value]) => [key, literal(value)] as const);
  return {
    image: `\${REGISTRY:-}${name}:\${TAG:-latest}`,
    build: {
      context: literal(contextPath(from, directory)),
      dockerfile: literal(file),
      ...(values.length === 0 ? {} : { args: Object.fromEntries(values) }),
      ...(platforms.length === 0 ? {} : { platforms }),
      ...(secrets.length === 0 ? {} : { secrets: secrets.map(({ id }) => id) }),
      ...(ssh === undefined ? {} : { ssh: [literal(ssh)] }),
    },
  };
}

function sourceOf({ id, variable }: TargetSecret): object {
  return variable === undefined ? { file: `./${secretDirectory}/${id}` } : { environment: variable };
}

/** Compose takes `$` for the beginning of a variable. Source: compose specification, "Interpolation". */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
