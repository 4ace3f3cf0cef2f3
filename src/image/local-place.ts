import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("0.0.0.0");
loopback.addAddress("::1", "ipv6");
loopback.addAddress("::", "ipv6");

/** Source: RFC 3927, RFC 4291 section 2.5.6; the others are where clouds have their metadata: AWS and Google by IPv6. */
const linkLocal = new BlockList();
linkLocal.addSubnet("169.254.0.0", 16);
linkLocal.addSubnet("fe80::", 10, "ipv6");
linkLocal.addAddress("fd00:ec2::254", "ipv6");
linkLocal.addAddress("fd20:ce::254", "ipv6");
// Alibaba's, Oracle's and Azure's.
for (const address of ["100.100.100.200", "192.0.0.192", "168.63.129.16"]) linkLocal.addAddress(address);

/** Names of cloud machines' metadata services, which give tokens to whoever asks. */
const metadataNames: ReadonlySet<string> = new Set(["metadata", "metadata.google.internal", "instance-data"]);

/**
 * Whether a host is this machine itself, or what only this machine can reach (`link`): neighbours without a router, and the
 * metadata service of a cloud. In: `hostname` of a URL, which has numbers in their usual form. Names are not looked up, so
 * one whose address is local counts as `elsewhere`.
 */
export function localPlace(hostname: string): "loopback" | "link" | "elsewhere" {
  const name = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const family = isIP(name);
  if (family === 0) {
    if (name === "localhost" || name.endsWith(".localhost")) return "loopback";
    return metadataNames.has(name) ? "link" : "elsewhere";
  }
  // IPv4 in IPv6 is found by the rules for IPv4.
  const type = family === 6 ? "ipv6" : "ipv4";
  if (loopback.check(name, type)) return "loopback";
  return linkLocal.check(name, type) ? "link" : "elsewhere";
}

/** Whether a server may have us go on to another: nobody from elsewhere sends us to this machine or to its neighbours. */
export function mayLeadTo(from: URL, to: URL): boolean {
  const place = localPlace(to.hostname);
  return place === "elsewhere" || place === localPlace(from.hostname);
}

/** Source: RFC 1918, 6598, 4193; 2544, 6052 and 8215, by which a router of one's own translates; multicast; broadcast. */
const own = new BlockList();
const ownNetworks = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
  ...["192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/3", "0.0.0.0/8"],
  ...["fc00::/7", "fec0::/10", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48"],
];
for (const network of ownNetworks) {
  const [address = "", prefix] = network.split("/");
  own.addSubnet(address, Number(prefix), address.includes(":") ? "ipv6" : "ipv4");
}

/** Names that mean something in one network only. Source: RFC 6762, also appendix G; RFC 8375; ICANN's `internal`. */
const ownNames = /^[^.]*$|\.(?:local|localdomain|home\.arpa|internal|intranet|private|corp|home|lan)$/;

/** Where a host is, seen from this machine. */
export type NetworkPlace = "loopback" | "link" | "private" | "public";

/** As `localPlace`, with addresses and names of private networks apart. */
export function networkPlace(hostname: string): NetworkPlace {
  const place = localPlace(hostname);
  if (place !== "elsewhere") return place;
  const name = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const family = isIP(name);
  const isOwn = family === 0 ? ownNames.test(name) : own.check(name, family === 6 ? "ipv6" : "ipv4");
  return isOwn ? "private" : "public";
}
