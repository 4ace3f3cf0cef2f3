/** Names by which our own processes know each other; nobody sets them. */

/** Marks what was started to fetch a source, so that it is found and ended with us. */
export const watchedVariable = "CNB_DOCKERFILE_WATCHED";
/** The script that a shell runs beside a BuildKit of our own. */
export const daemonScriptVariable = "CNB_DOCKERFILE_DAEMON_SCRIPT";
