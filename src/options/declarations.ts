import type { SourceLocation } from "../diagnostics/diagnostic.ts";
import { isBindingKey } from "./values/binding-key.ts";

/** A build-time variable whose value BuildKit hands over as the secret of that id. */
export interface DeclaredSecret {
  readonly name: string;
  readonly location: SourceLocation;
}

/**
 * A service binding: the buildpacks find a directory `bindings/<name>` with the file `type` and a file for each key,
 * whose contents BuildKit hands over as secrets. Source: Service Binding Specification for Kubernetes, "Workload
 * Projection"; CNB platform extension "bindings".
 */
export interface DeclaredBinding {
  readonly name: string;
  readonly type: string;
  readonly keys: readonly string[];
  readonly location: SourceLocation;
}

/** What a build is given that stands in no file: of each only names are known. */
interface Declarations {
  readonly secrets: readonly DeclaredSecret[];
  readonly bindings: readonly DeclaredBinding[];
  /** Id of the ssh agent that the buildpacks may use; absent: none. */
  readonly ssh?: DeclaredSecret;
}

/** A name of a secret or binding that cannot be one. */
interface DeclarationFault {
  readonly values: { readonly what: string; readonly name: string };
  readonly location: SourceLocation;
}

/** Longest name, in characters: each is a file or directory name, and part of a secret's id. */
const maxLength = 200;

/**
 * What is wrong with declared secrets and bindings: their names become ids, file and directory names that stand in a
 * Dockerfile's mounts, where nothing can be quoted.
 */
export function declarationFaults({ secrets, bindings, ssh }: Declarations): DeclarationFault[] {
  return [
    ...(ssh === undefined ? [] : fault("forwarded ssh agent", ssh.name, ssh.location)),
    ...secrets.flatMap(({ name, location }) => fault("secret", name, location)),
    ...bindings.flatMap(({ name, type, keys, location }) => [
      ...fault("binding", name, location),
      ...fault("binding's type", type, location),
      ...keys
        .filter((key) => !isBindingKey(key))
        .map((name) => ({ values: { what: "binding's key", name }, location })),
    ]),
  ];
}

function fault(what: string, name: string, location: SourceLocation): DeclarationFault[] {
  const good = name.length <= maxLength && /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name);
  return good ? [] : [{ values: { what, name }, location }];
}

/** Reads `NAME=TYPE:key,key`. Undefined: the text is no binding. */
export function parseBinding(text: string): Omit<DeclaredBinding, "location"> | undefined {
  const groups = /^(?<name>[^=]+)=(?<type>[^:]+)(?::(?<keys>.*))?$/s.exec(text)?.groups;
  if (groups?.name === undefined || groups.type === undefined) return undefined;
  const { name, type, keys = "" } = groups;
  return { name, type, keys: keys === "" ? [] : keys.split(",") };
}
