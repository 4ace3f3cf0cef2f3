import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic, SourceLocation } from "../diagnostics/diagnostic.ts";
import type { EnvVariable } from "./project-descriptor.ts";

/** Names that people give to secrets. */
const secretName =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH)(?:_(?:BASE64|B64|JSON))?$/i;

/**
 * Values that are a secret whatever their name: keys in PEM, tokens of well-known makers, passwords in an address. Each
 * begins where nothing before it can be a part of it, or is short: a value of megabytes takes time in proportion.
 */
const secretValues = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|xox[abprs]-|sk_live_|rk_live_|hf_|dop_v1_)[A-Za-z0-9_-]{16,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]+:[^\s@/]+@/i,
];

/** Values that only say where a secret is, or that there is none. */
const harmless = /^(?:|true|false|yes|no|on|off|none|null|\d{1,4}|\$\{?\w+\}?|<.*>|file:.*|\/.*|\*+|x+)$/i;

/** A warning where a build-time variable looks like a secret: it would stand in the Dockerfile. Its value is not shown. */
export function warnOfSecret({ name, value }: EnvVariable, location: SourceLocation): Diagnostic[] {
  const byValue = secretValues.some((pattern) => pattern.test(value));
  const byName = secretName.test(name) && !harmless.test(value);
  return byValue || byName ? [diagnose("descriptor/looks-like-secret", { name }, location)] : [];
}
