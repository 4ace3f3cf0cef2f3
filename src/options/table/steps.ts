import { building, type OptionRow } from "../option.ts";

/** How the steps of a build run, and what they are given. */
export const stepOptions = {
  cache: { flag: "--no-cache", form: "switch", text: "run every step again", doors: building },
  noCacheFilter: {
    flag: "--no-cache-filter <stage>",
    form: "list",
    text: "run the steps of a stage again; can be repeated",
    doors: building,
  },
  pull: { flag: "--pull", form: "switch", text: "look for newer versions of the images", doors: building },
  cacheFrom: {
    flag: "--cache-from <spec>",
    form: "list",
    text: "BuildKit's cache to read, as type=registry,ref=…; can be repeated",
    doors: building,
  },
  cacheTo: {
    flag: "--cache-to <spec>",
    form: "list",
    text: "BuildKit's cache to write, as type=local,dest=…; can be repeated",
    doors: building,
  },
  buildpackCacheFrom: {
    flag: "--buildpack-cache-from <place>",
    form: "text",
    text: "directory or image of a buildpack cache to import first; one that is not there is no fault",
    doors: building,
  },
  buildpackCacheTo: {
    flag: "--buildpack-cache-to <place>",
    form: "text",
    text: "directory or image to export the buildpack cache to afterwards",
    doors: building,
  },
  buildContext: {
    flag: "--build-context <name=value>",
    form: "list",
    text: "something else in place of an image of the build; can be repeated",
    doors: building,
  },
  offeredSecrets: {
    flag: "--secret <spec>",
    setting: "secret",
    form: "list",
    text: "secret, as id=NAME,src=FILE or id=NAME,env=NAME; can be repeated",
    doors: building,
  },
  offeredAgents: {
    flag: "--ssh <spec>",
    form: "list",
    text: "ssh agent, as default or ID=SOCKET; can be repeated",
    doors: building,
  },
  addHost: {
    flag: "--add-host <host:ip>",
    form: "list",
    text: "name for the hosts file of the steps; can be repeated",
    doors: building,
  },
  allow: {
    flag: "--allow <entitlement>",
    form: "list",
    text: "as network.host; can be repeated",
    doors: building,
  },
  cgroupParent: {
    flag: "--cgroup-parent <group>",
    form: "text",
    text: "parent of the steps' control groups",
    doors: building,
  },
  network: {
    flag: "--network <mode>",
    form: "text",
    text: "network of the steps: default, none, host",
    doors: building,
  },
  shmSize: {
    flag: "--shm-size <bytes>",
    form: "text",
    text: "size of /dev/shm in the steps",
    doors: building,
  },
  ulimit: {
    flag: "--ulimit <name=soft:hard>",
    form: "list",
    text: "limit for the steps; can be repeated",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
