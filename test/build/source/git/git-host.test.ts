import { describe, expect, it } from "vitest";
import { isSameServer, placeOfRemote } from "../../../../src/build/source/git/git-host.ts";

describe("placeOfRemote", () => {
  it.each([
    ["loopback", "http://127.0.0.1/a"],
    ["loopback", "http://localhost:3000/a"],
    ["loopback", "http://git.localhost/a"],
    ["loopback", "https://[::1]/a"],
    ["loopback", "https://[::ffff:127.0.0.1]/a"],
    ["loopback", "http://2130706433/a"],
    ["loopback", "http://0x7f.1/a"],
    ["loopback", "http://0/a"],
    ["loopback", "git://127.1/a"],
    ["loopback", "ssh://git@0x7f000001:22/a"],
    ["loopback", "ssh://git@%31%32%37.0.0.1/a"],
    ["loopback", "git@127.0.0.1:a"],
    ["loopback", "git@2130706433:a"],
    ["loopback", "git@[::1]:a"],
    ["loopback", "https://１２７.0.0.1/a"],
    ["loopback", "git@[::ffff:7f00:1]:a"],
    // What cannot be read.
    ["loopback", "git@[127.0.0.1:8097]:a"],
    ["loopback", "git@[127.1]:a"],
    ["loopback", "git@127.0.0.1.5:a"],
    ["loopback", "https://git.example:80\\@127.0.0.1/a"],
    ["loopback", "/srv/a"],
    ["loopback", "file:///srv/a"],
    ["link", "http://169.254.169.254/latest"],
    ["link", "http://metadata.google.internal/a"],
    ["link", "git@METADATA:a"],
    ["link", "http://[fe80::1]/a"],
    ["link", "http://[fd00:ec2::254]/a"],
    ["private", "http://10.1.2.3/a"],
    ["private", "http://172.31.0.1/a"],
    ["private", "https://u:p@192.168.1.1:8443/a"],
    ["private", "http://100.64.0.1/a"],
    ["private", "http://[fd12::1]/a"],
    ["private", "http://[::ffff:10.0.0.1]/a"],
    ["private", "http://[64:ff9b::a9fe:a9fe]/a"],
    ["private", "git@gitlab:a"],
    ["private", "https://git.corp/a"],
    ["private", "ssh://git@git.Internal./a"],
    ["private", "git://nas.local/a"],
    ["public", "https://git.example/a"],
    ["public", "git@git.example:a"],
    ["public", "http://172.32.0.1/a"],
    ["public", "http://[2001:db8::1]/a"],
    ["public", "https://local.example/a"],
  ])("%s: %s", (place, remote) => expect(placeOfRemote(remote)).toBe(place));
});

describe("isSameServer", () => {
  it.each([
    [true, "https://g.example/a", "https://g.example/b"],
    [true, "https://G.example:443/a", "https://g.example/b"],
    [true, "git@g.example:a", "ssh://g.example/b"],
    [true, "ssh://g.example:22/a", "git@g.example:b"],
    [false, "https://g.example:443\\@h.example/a", "https://g.example/b"],
    [false, "https://g.example/a", "http://g.example/b"],
    [false, "https://g.example/a", "https://g.example:8443/b"],
    [false, "https://g.example/a", "https://h.example/b"],
    [false, "/srv/a", "/srv/a"],
    [false, "/srv/a", "https://g.example/b"],
  ])("%s: %s, %s", (isSame, one, other) => expect(isSameServer(one, other)).toBe(isSame));
});
