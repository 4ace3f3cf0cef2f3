/** A setting of git's that names a program, or that leads to a file or a place that can. */
export interface ProgramSetting {
  /** As `git help --config` has it, or as another page of git's documentation does. */
  readonly name: string;
  /**
   * Lines of a configuration that plant it; `PROGRAM` is what is to be run, `FILES` a directory with more of it, and
   * what is written below `MARKERS` is seen. */
  readonly lines: readonly string[];
}

const keys = (section: string, ...names: readonly string[]) =>
  names.map(
    (name): ProgramSetting => ({
      name: `${section}.${name}`,
      lines: [`[${section}]`, `${name} = PROGRAM`],
    }),
  );
const tools = (section: string, tool: string, ...names: readonly string[]) =>
  names.map(
    (name): ProgramSetting => ({
      name: `${section}.<${tool}>.${name}`,
      lines: [`[${section} "hostile"]`, `${name} = PROGRAM`],
    }),
  );
const settings = (name: string, ...lines: readonly string[]): ProgramSetting => ({ name, lines });

/**
 * Every setting of git's documentation that names a program. Source: `git help --config` of git 2.39 to 2.53, gitattributes(5),
 * git-interpret-trailers(1), git-archive(1), git-send-email(1).
 */
export const programSettings: readonly ProgramSetting[] = [
  ...keys(
    "core",
    "alternateRefsCommand",
    "askPass",
    "editor",
    "fsmonitor",
    "gitProxy",
    "pager",
    "sshCommand",
  ),
  settings("core.hooksPath", "[core]", "hooksPath = FILES/hooks"),
  settings("core.attributesFile", "[core]", "attributesFile = FILES/attributes"),
  settings("core.worktree", "[core]", "worktree = FILES"),
  ...keys("credential", "helper"),
  settings("credential.<url>.*", '[credential "http://127.0.0.1"]', "helper = PROGRAM"),
  ...keys("diff", "external"),
  settings("diff.tool", "[diff]", "tool = hostile"),
  settings("diff.guitool", "[diff]", "guitool = hostile"),
  ...tools("diff", "driver", "command", "textconv"),
  ...tools("difftool", "tool", "cmd", "path"),
  ...tools("filter", "driver", "clean", "smudge", "process"),
  settings("filter.<driver>.required", '[filter "hostile"]', "required = true"),
  ...keys("gpg", "program"),
  settings("gpg.format", "[gpg]", "format = openpgp"),
  ...["openpgp", "x509", "ssh"].map((format) =>
    settings("gpg.<format>.program", `[gpg "${format}"]`, "program = PROGRAM"),
  ),
  settings("gpg.ssh.defaultKeyCommand", '[gpg "ssh"]', "defaultKeyCommand = PROGRAM"),
  settings("log.showSignature", "[log]", "showSignature = true"),
  settings("merge.verifySignatures", "[merge]", "verifySignatures = true"),
  ...tools("guitool", "name", "cmd"),
  ...keys("help", "browser"),
  settings("help.autoCorrect", "[help]", "autoCorrect = immediate"),
  // Not in git before 2.54.
  settings("hook.<name>.command", '[hook "hostile"]', "command = PROGRAM", "event = pre-commit"),
  ...keys("imap", "tunnel"),
  settings("include.path", "[include]", "path = FILES/included"),
  settings("includeIf.<condition>.path", '[includeIf "gitdir:**"]', "path = FILES/included-if"),
  settings("init.templateDir", "[init]", "templateDir = FILES/template"),
  ...keys("instaweb", "browser", "httpd"),
  ...keys("interactive", "diffFilter"),
  ...tools("man", "tool", "cmd", "path"),
  settings("man.viewer", "[man]", "viewer = hostile"),
  ...tools("browser", "tool", "cmd", "path"),
  ...keys("web", "browser"),
  ...tools("merge", "driver", "driver"),
  settings("merge.tool", "[merge]", "tool = hostile"),
  settings("merge.guitool", "[merge]", "guitool = hostile"),
  ...tools("mergetool", "tool", "cmd", "path"),
  ...["log", "show", "config", "rev-parse", "cat-file", "fetch", "submodule"].map((command) =>
    settings("alias.*", "[alias]", `${command} = !PROGRAM`),
  ),
  ...["log", "show", "config", "rev-parse", "branch"].map((command) =>
    settings("pager.<cmd>", "[pager]", `${command} = PROGRAM`),
  ),
  settings("protocol.allow", "[protocol]", "allow = always"),
  settings("protocol.<name>.allow", '[protocol "ext"]', "allow = always"),
  settings("url.<base>.insteadOf", '[url "ext::PROGRAM "]', "insteadOf = https://git.example/"),
  settings("url.<base>.pushInsteadOf", '[url "ext::PROGRAM "]', "pushInsteadOf = https://git.example/"),
  ...["uploadpack", "receivepack"].map((name) =>
    settings(`remote.<name>.${name}`, '[remote "origin"]', `${name} = PROGRAM`),
  ),
  settings("remote.<name>.vcs", '[remote "other"]', "vcs = hostile"),
  settings("remote.<name>.promisor", '[remote "origin"]', "promisor = true"),
  settings("remote.<name>.partialclonefilter", '[remote "origin"]', "partialclonefilter = blob:none"),
  settings("extensions.partialClone", "[extensions]", "partialClone = origin"),
  settings("extensions.worktreeConfig", "[extensions]", "worktreeConfig = true"),
  ...keys("sendemail", "ccCmd", "tocmd", "headerCmd", "sendmailCmd", "smtpServer"),
  settings("sendemail.<identity>.*", '[sendemail "hostile"]', "toCmd = PROGRAM"),
  ...keys("sequence", "editor"),
  settings(
    "submodule.<name>.update",
    '[submodule "hostile"]',
    "update = !PROGRAM",
    "active = true",
    "url = ./sub",
  ),
  settings("submodule.<name>.url", '[submodule "other"]', "url = ext::PROGRAM", "active = true"),
  settings("submodule.recurse", "[submodule]", "recurse = true"),
  settings("tar.<format>.command", '[tar "tar.gz"]', "command = PROGRAM"),
  ...tools("trailer", "token", "command", "cmd"),
  ...keys("uploadpack", "packObjectsHook"),
  settings("fsmonitor.socketDir", "[fsmonitor]", "socketDir = FILES"),
  // They write what git does into a file.
  ...["eventTarget", "normalTarget", "perfTarget"].map((name) =>
    settings(`trace2.${name}`, "[trace2]", `${name} = MARKERS/${name}`),
  ),
  settings("http.cookieFile", "[http]", "cookieFile = MARKERS/cookies", "saveCookies = true"),
];

/** Sections whose settings, all of them, are switches, numbers, names and patterns. */
const harmlessSections = [
  ...[
    "add",
    "advice",
    "am",
    "apply",
    "attr",
    "author",
    "bitmapPseudoMerge",
    "blame",
    "branch",
    "bundle",
    "checkout",
  ],
  ...[
    "clean",
    "clone",
    "color",
    "column",
    "commit",
    "commitGraph",
    "committer",
    "completion",
    "credentialCache",
  ],
  ...[
    "credentialStore",
    "fastimport",
    "feature",
    "fetch",
    "format",
    "fsck",
    "gc",
    "gitcvs",
    "gitweb",
    "grep",
    "gui",
  ],
  ...[
    "i18n",
    "index",
    "lsrefs",
    "mailinfo",
    "mailmap",
    "maintenance",
    "notes",
    "pack",
    "pretty",
    "promisor",
    "pull",
  ],
  ...[
    "push",
    "rebase",
    "receive",
    "reftable",
    "remotes",
    "repack",
    "replay",
    "rerere",
    "revert",
    "safe",
    "showBranch",
  ],
  ...[
    "sparse",
    "splitIndex",
    "ssh",
    "stash",
    "status",
    "tag",
    "transfer",
    "uploadarchive",
    "uploadpackfilter",
    "user",
  ],
  ...["versionsort", "worktree"],
];

/** The other settings of sections that have some with programs. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  core: [
    ...["abbrev", "alternateRefsPrefixes", "autocrlf", "bare", "bigFileThreshold", "checkRoundtripEncoding"],
    ...["checkStat", "commentChar", "commentString", "commitGraph", "compression", "createObject"],
    ...[
      "deltaBaseCacheLimit",
      "eol",
      "excludesFile",
      "fileMode",
      "filesRefLockTimeout",
      "fsmonitorHookVersion",
    ],
    ...[
      "fsync",
      "fsyncMethod",
      "fsyncObjectFiles",
      "hideDotFiles",
      "ignoreCase",
      "ignoreStat",
      "lockfilePid",
    ],
    ...[
      "logAllRefUpdates",
      "looseCompression",
      "maxTreeDepth",
      "multiPackIndex",
      "notesRef",
      "packedGitLimit",
    ],
    ...["packedGitWindowSize", "packedRefsTimeout", "precomposeUnicode", "preferSymlinkRefs", "preloadIndex"],
    ...[
      "protectHFS",
      "protectNTFS",
      "quotePath",
      "repositoryFormatVersion",
      "restrictinheritedhandles",
      "safecrlf",
    ],
    ...["sharedRepository", "sparseCheckout", "sparseCheckoutCone", "splitIndex", "symlinks", "trustctime"],
    ...["unsetenvvars", "untrackedCache", "useReplaceRefs", "warnAmbiguousRefs", "whitespace"],
  ],
  credential: ["protectProtocol", "sanitizePrompt", "useHttpPath", "username"],
  diff: [
    ...["<driver>.binary", "<driver>.cachetextconv", "<driver>.trustExitCode", "<driver>.wordRegex"],
    ...[
      "<driver>.xfuncname",
      "<driver>.algorithm",
      "algorithm",
      "autoRefreshIndex",
      "colorMoved",
      "colorMovedWS",
    ],
    ...["context", "dirstat", "dstPrefix", "ignoreSubmodules", "indentHeuristic", "interHunkContext"],
    ...[
      "mnemonicPrefix",
      "noPrefix",
      "noprefix",
      "orderFile",
      "relative",
      "renameLimit",
      "renames",
      "srcPrefix",
    ],
    ...["statGraphWidth", "statNameWidth", "submodule", "suppressBlankEmpty", "trustExitCode", "wordRegex"],
    ...["wsErrorHighlight"],
  ],
  difftool: ["prompt", "trustExitCode", "guiDefault"],
  extensions: [
    ...[
      "objectFormat",
      "noop",
      "noop-v1",
      "preciousObjects",
      "refStorage",
      "relativeWorktrees",
      "compatObjectFormat",
    ],
    ...["submodulePathConfig"],
  ],
  fsmonitor: ["allowRemote"],
  gpg: ["minTrustLevel", "ssh.allowedSignersFile", "ssh.revocationFile"],
  guitool: [
    ...[
      "argPrompt",
      "confirm",
      "needsFile",
      "noConsole",
      "noRescan",
      "prompt",
      "revPrompt",
      "revUnmerged",
      "title",
    ],
  ].map((key) => `<name>.${key}`),
  help: ["format", "htmlPath"],
  hook: ["<name>.event", "<name>.enabled", "<name>.parallel", "jobs", "<event>.jobs", "<event>.enabled"],
  http: [
    ...[
      "<url>.*",
      "curloptResolve",
      "delegation",
      "emptyAuth",
      "extraHeader",
      "followRedirects",
      "keepAliveCount",
    ],
    ...["keepAliveIdle", "keepAliveInterval", "lowSpeedLimit", "lowSpeedTime", "maxRequests", "maxRetries"],
    ...["maxRetryTime", "minSessions", "noEPSV", "pinnedPubkey", "postBuffer", "proactiveAuth", "proxy"],
    ...["proxyAuthMethod", "proxySSLCAInfo", "proxySSLCert", "proxySSLCertPasswordProtected", "proxySSLKey"],
    ...[
      "retryAfter",
      "saveCookies",
      "schannelCheckRevoke",
      "schannelUseSSLCAInfo",
      "sslBackend",
      "sslCAInfo",
    ],
    ...[
      "sslCAPath",
      "sslCert",
      "sslCertPasswordProtected",
      "sslCertType",
      "sslCipherList",
      "sslKey",
      "sslKeyType",
    ],
    ...["sslTry", "sslVerify", "sslVersion", "userAgent", "version"],
  ],
  imap: [...["authMethod", "folder", "host", "pass", "port", "preformattedHTML", "sslverify", "user"]],
  init: ["defaultBranch", "defaultObjectFormat", "defaultRefFormat", "defaultSubmodulePathConfig"],
  instaweb: ["local", "modulePath", "port"],
  interactive: ["singleKey"],
  log: [
    ...["abbrevCommit", "date", "decorate", "diffMerges", "excludeDecoration", "follow", "graphColors"],
    ...["graphLanes", "initialDecorationSet", "mailmap", "showRoot"],
  ],
  merge: [
    ...[
      "<driver>.name",
      "<driver>.recursive",
      "autoStash",
      "branchdesc",
      "conflictStyle",
      "defaultToUpstream",
    ],
    ...[
      "directoryRenames",
      "ff",
      "log",
      "renameLimit",
      "renames",
      "renormalize",
      "stat",
      "suppressDest",
      "verbosity",
    ],
  ],
  mergetool: [
    ...["<tool>.hideResolved", "<tool>.trustExitCode", "<variant>.layout", "hideResolved", "keepBackup"],
    ...["keepTemporaries", "meld.hasOutput", "meld.useAutoMerge", "prompt", "vimdiff.layout", "writeToTemp"],
  ],
  protocol: ["version"],
  remote: [
    ...["<name>.fetch", "<name>.followRemoteHEAD", "<name>.mirror", "<name>.negotiationInclude"],
    ...[
      "<name>.negotiationRestrict",
      "<name>.proxy",
      "<name>.proxyAuthMethod",
      "<name>.prune",
      "<name>.pruneTags",
    ],
    ...[
      "<name>.push",
      "<name>.pushurl",
      "<name>.serverOption",
      "<name>.skipDefaultUpdate",
      "<name>.skipFetchAll",
    ],
    ...["<name>.tagOpt", "<name>.url", "pushDefault"],
  ],
  sendemail: [
    ...["aliasFileType", "aliasesFile", "annotate", "bcc", "cc", "chainReplyTo", "confirm", "envelopeSender"],
    ...[
      "forbidSendmailVariables",
      "from",
      "identity",
      "imapSentFolder",
      "mailmap",
      "mailmap.blob",
      "mailmap.file",
    ],
    ...["multiEdit", "outlookidfix", "signedoffbycc", "signedOffByCc", "smtpBatchSize", "smtpDomain"],
    ...[
      "smtpEncryption",
      "smtpPass",
      "smtpReloginDelay",
      "smtpServerOption",
      "smtpServerPort",
      "smtpSSLCertPath",
    ],
    ...["smtpSSLClientCert", "smtpSSLClientKey", "smtpUser", "smtpsslcertpath", "suppressFrom", "suppressCc"],
    ...["suppresscc", "thread", "to", "transferEncoding", "useImapOnly", "validate", "xmailer"],
  ],
  submodule: [
    ...[
      "<name>.active",
      "<name>.branch",
      "<name>.fetchRecurseSubmodules",
      "<name>.gitdir",
      "<name>.ignore",
      "active",
    ],
    ...["alternateErrorStrategy", "alternateLocation", "fetchJobs", "propagateBranches"],
  ],
  tar: ["umask"],
  trace2: [
    ...[
      "configParams",
      "destinationDebug",
      "envVars",
      "eventBrief",
      "eventNesting",
      "maxFiles",
      "normalBrief",
    ],
    ...["perfBrief"],
  ],
  trailer: ["ifexists", "ifmissing", "separators", "where"],
  uploadpack: [
    ...[
      "allowAnySHA1InWant",
      "allowFilter",
      "allowReachableSHA1InWant",
      "allowRefInWant",
      "allowTipSHA1InWant",
    ],
    ...["advertiseBundleURIs", "advertiseRefInWant", "blobPackfileUri", "hideRefs", "keepAlive"],
  ],
};

/** Settings of a list that no rule knows: somebody has to say whether they name programs. */
export function unclassifiedSettings(names: readonly string[]): string[] {
  const known = new Set([
    ...programSettings.map(({ name }) => name.toLowerCase()),
    ...Object.entries(harmless).flatMap(([section, list]) =>
      list.map((name) => `${section}.${name}`.toLowerCase()),
    ),
  ]);
  const sections = harmlessSections.map((name) => name.toLowerCase());
  return names.filter(
    (name) =>
      !known.has(name.toLowerCase()) && !sections.includes(name.split(".", 1)[0]?.toLowerCase() ?? ""),
  );
}
