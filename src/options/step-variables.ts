/**
 * Names by which the steps of a build are told something. A build argument of ours is among them where a stage declares it.
 * They stand apart from the table, since the program that runs in the build needs no more of it.
 */

/** Severity from which on a finding fails the build; empty: none does. */
export const failOnArgument = "CNB_FAIL_ON";
/** Where the vulnerability database is listed. */
export const databaseArgument = "CNB_VULNERABILITY_DB";
/** How old that database may be where a finding can fail the build. */
export const maxDatabaseAgeArgument = "CNB_VULNERABILITY_DB_MAX_AGE";
/** Format of sbom.json. */
export const sbomFormatArgument = "CNB_SBOM_FORMAT";
/** Scope of the cache. */
export const cacheScopeArgument = "CNB_CACHE_SCOPE";
/** What changes when a secret's value does. */
export const secretsVersionArgument = "CNB_SECRETS_VERSION";

/** Set by our frontend: what tells the image from all others, as hexadecimal digits. */
export const imageIdArgument = "CNB_DOCKERFILE_IMAGE_ID";
/**
 * Set by our frontend, which makes layers of its own: with `image`, `export` lays out only what no phase left as it is;
 * with `cache-list`, it says what the buildpacks' cache would consist of; with `cache`, it writes that and nothing else.
 */
export const assembleArgument = "CNB_DOCKERFILE_ASSEMBLE";
/** Set by our frontend: makes a step one that BuildKit has not seen. */
export const nonceVariable = "CNB_DOCKERFILE_NONCE";
/** Soft limit of open files before Node.js raised it. */
export const openFilesVariable = "CNB_DOCKERFILE_OPEN_FILES";
/** In front of a variable of the builder image that is put away while our program runs. */
export const hiddenPrefix = "CNB_DOCKERFILE_HIDDEN_";
