import { main } from "./main.ts";

// A single executable has its own Node.js, whose version needs no look, and its code is compiled already.
void main();
