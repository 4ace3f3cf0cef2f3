import { CompileError } from "../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../engines/build-request.ts";
import type { Engine } from "../engines/engine.ts";
import { type Border, readBorder } from "../files/border.ts";
import { makeTemporaryDirectory } from "../private/temporary/temporary-directory.ts";
import { HttpClient } from "../registry/http/http.ts";
import type { BuildEnding } from "./build-ending.ts";
import type { BuildOrder } from "./build-order.ts";
import type { BuildPorts, FoundSource } from "./build-ports.ts";
import { requireOwnName } from "./caches/cache-image.ts";
import { withSourcePolicy } from "./downloads/with-source-policy.ts";
import { reportUncheckedPolicy } from "./engine/report-policy.ts";
import { withEngine } from "./engine/with-engine.ts";
import type { BuildFileKind } from "./file/build-file.ts";
import { whatToBuild } from "./file/what-to-build.ts";
import { requireHandedFiles, withPlainPaths } from "./handed/handed-files.ts";
import { offerFaults } from "./handed/offered-secrets.ts";
import { oversizedSecrets } from "./handed/secret-size.ts";
import { withSecretsVersion } from "./handed/with-secrets-version.ts";
import { buildHelperImage } from "./helper-image/build-helper-image.ts";
import { findHelperImage, type HelperImage } from "./helper-image/find-helper-image.ts";
import { Interrupted } from "./interrupted.ts";
import { withGuarded } from "./outputs/output-places.ts";
import { appName } from "./request/app-name.ts";
import { argumentValues } from "./request/argument-values.ts";
import { makeRequest } from "./request/make-request.ts";
import { openSource } from "./source/open-source.ts";
import type { Source } from "./source/source.ts";
import { withRevision } from "./source/with-revision.ts";
import { formatCommand } from "./steps/format-command.ts";
import { Handover } from "./steps/handover.ts";

/** What stands for a directory that is made for a build and gone after it. */
const loadedDirectory = "DIRECTORY-OF-THE-HELPER-IMAGE";

/** What an order is opened for. */
interface Opening {
  /** Whether images are written to files in a form that a classic docker daemon does not make. */
  readonly needsArchive: boolean;
  /** What of the project's secrets and agents the phases want that run. */
  readonly wants: "nothing" | "secrets" | "secrets and agents";
  /** As that of `whatToBuild`. */
  readonly onlyProjects: boolean;
  /** Throws CompileError for a place that nothing may be written to. */
  readonly requirePlaces: (border: Border) => void;
}

/** A build of which everything is known but where its result goes. */
export interface OpenedBuild {
  readonly engine: Engine;
  readonly source: Source;
  readonly border: Border;
  readonly kind: BuildFileKind;
  readonly request: BuildRequest;
  /** Directory for files that are needed while it runs. */
  readonly work: string;
}

/** Brings the source here, finds an engine, and takes both away afterwards. Throws CompileError. */
export async function openBuild(
  order: BuildOrder,
  opening: Opening,
  ports: BuildPorts,
  act: (opened: OpenedBuild) => Promise<BuildEnding>,
): Promise<BuildEnding> {
  try {
    return await withSource(order, opening, ports, async (found) => {
      const helper = found.what.kind === "dockerfile" ? undefined : findHelperImage(order.image.frontend);
      const request = await requestOf(order, found, ports, helper);
      if (opening.wants !== "nothing") requireSecrets(order, found, request, opening.wants);
      return await withPreparedEngine(order, opening, ports, found, helper, request, act);
    });
  } catch (error) {
    if (error instanceof Interrupted) return "interrupted";
    throw error;
  }
}

async function withSource(
  order: BuildOrder,
  { requirePlaces, onlyProjects }: Opening,
  ports: BuildPorts,
  act: (found: FoundSource) => Promise<BuildEnding>,
): Promise<BuildEnding> {
  const { name, argument, root, revision } = order.source;
  const opened = await openSource(argument, name, {
    http: () => new HttpClient(order.registries),
    report: ports.report,
    tell: ports.progress,
    input: ports.input,
    surroundings: { env: order.env, hasTerminal: order.source.hasTerminal },
  });
  const source = revision === undefined ? opened : withRevision(opened, revision);
  const { path: work, remove } = makeTemporaryDirectory("build");
  try {
    const border = withGuarded(
      readBorder(source.written ?? source.directory, root, source),
      order.outputs.guarded,
    );
    for (const limit of [border, ...(source.beside === undefined ? [] : [source.beside])]) {
      requirePlaces(limit);
      requireHandedFiles(order.handed, limit, order.env);
    }
    const what = whatToBuild({ source, named: name.file, onlyProjects, border, work }, ports.know);
    return await act({ source, border, what, work });
  } finally {
    remove();
    source.remove();
  }
}

async function requestOf(
  order: BuildOrder,
  found: FoundSource,
  ports: BuildPorts,
  helper: HelperImage | undefined,
): Promise<BuildRequest> {
  const project = await ports.describe(found);
  const frontend = helper?.kind === "programs" ? { reference: helper.reference } : helper?.image;
  const request = makeRequest(order, withPlainPaths(order.handed, order.env), found, project, frontend);
  requireOwnName(request, order.outputs.outputs);
  const oversized = oversizedSecrets(request.secrets, order.env);
  if (oversized.length > 0) throw new CompileError(oversized);
  const ruled = withSourcePolicy(request, order.run.policy, order.shown.isDryRun ? undefined : found.work);
  return withSecretsVersion(ruled, order, found.what, ports.report);
}

/** Throws CompileError where a secret is declared and not offered, or offered for nothing. */
function requireSecrets(
  { handed }: BuildOrder,
  { what }: FoundSource,
  built: BuildRequest,
  wants: "secrets" | "secrets and agents",
): void {
  const { file, ...content } = what;
  const buildArguments = argumentValues(built);
  const request = { content, file: file.name, handed, buildArguments, secrets: built.secrets };
  const { missing, unusable } = offerFaults(request);
  const wanted = missing.filter(
    ({ code }) => wants === "secrets and agents" || code !== "cli/ssh-not-offered",
  );
  const found = [...wanted, ...(handed.refusesUnused ? unusable : [])];
  if (found.length > 0) throw new CompileError(found);
}

function withPreparedEngine(
  order: BuildOrder,
  { needsArchive }: Opening,
  ports: BuildPorts,
  { source, border, what, work }: FoundSource,
  helper: HelperImage | undefined,
  request: BuildRequest,
  act: (opened: OpenedBuild) => Promise<BuildEnding>,
): Promise<BuildEnding> {
  const layout = request.frontend?.layout;
  const needs = {
    platforms: what.kind === "dockerfile" ? [] : order.image.platforms,
    needsArchive,
    needsProxyNetwork: order.run.limits.proxyNetwork === true,
    needsHandedFrontend: layout !== undefined || helper?.kind === "programs",
  };
  const app = () => appName(what, argumentValues(request)) || source.place || source.directory;
  return withEngine({ ...order, app }, needs, ports, async (engine) => {
    const build = { engine, source, border, kind: what.kind, work };
    const handsLayout = engine.load === undefined && needs.needsHandedFrontend;
    reportUncheckedPolicy(engine, { directory: source.directory, what, handsLayout }, ports.report);
    const handover = new Handover(engine, ports.report);
    if (helper?.kind === "programs") {
      const { reference, programs } = helper;
      const frontend = await buildHelperImage(engine, reference, programs, order.shown, ports);
      const whole = { ...request, frontend };
      // In a dry run there may be no image that could be handed over in another form.
      return act({ ...build, request: order.shown.isDryRun ? whole : handover.prepare(whole) });
    }
    if (layout === undefined || engine.load === undefined) {
      return act({ ...build, request: handover.prepare(request) });
    }
    const load = engine.load(layout);
    if (order.shown.isDryRun) ports.print(`${formatCommand(load.command(loadedDirectory))}\n`);
    else await load.run();
    return act({ ...build, request: { ...request, frontend: { reference: load.reference } } });
  });
}
